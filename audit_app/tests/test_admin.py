import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.tests.factories import browser_of, make_user
from audit_app.models import AuditEntry
from audit_app.tests.events import record_and_audit, task_created

pytestmark = pytest.mark.django_db
PAGE = "/admin/audit_app/auditentry/"


@pytest.fixture
def operator() -> Client:
    return browser_of(make_user(is_staff=True, is_superuser=True))


def listed_sequences(operator: Client, query: str) -> list[int]:
    response = operator.get(PAGE + query)
    assert response.status_code == 200
    return [entry.seq for entry in response.context["cl"].result_list]


def test_entries_are_found_by_user_and_by_task(operator: Client) -> None:
    record_and_audit(1001, task_created(2001), task_created(2002))
    record_and_audit(1002, task_created(2003))
    assert listed_sequences(operator, "?q=1001") == [2, 1]
    assert listed_sequences(operator, "?q=2003") == [1]
    assert listed_sequences(operator, "?type=task.deleted") == []


@pytest.mark.parametrize("term", ["milk", "1001x", "9" * 30, "1;2"])
def test_a_search_that_is_no_number_finds_nothing(operator: Client, term: str) -> None:
    record_and_audit(1001, task_created())
    assert listed_sequences(operator, f"?q={term}") == []


def test_an_entry_is_shown_and_can_not_be_changed(operator: Client) -> None:
    record_and_audit(1001, task_created())
    page = f"{PAGE}{AuditEntry.objects.get().pk}/change/"
    assert b"Buy milk" in operator.get(page).content
    assert operator.post(page, {"actor_id": "2"}).status_code == 403
    assert operator.get(f"{PAGE}add/").status_code == 403
    assert operator.post(f"{PAGE}{AuditEntry.objects.get().pk}/delete/").status_code == 403


def test_the_list_never_counts_or_reads_the_whole_table(operator: Client) -> None:
    record_and_audit(1001, *[task_created()] * 120)
    with CaptureQueriesContext(connection) as captured:
        assert len(listed_sequences(operator, "")) == 50
    about_entries = [query["sql"] for query in captured if "audit_app_auditentry" in query["sql"]]
    assert len(about_entries) == 2
    assert all("LIMIT" in sql for sql in about_entries)
