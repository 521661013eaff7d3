"""An export has all that is the caller's, nothing of others, and memory that does not grow with the account."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import BrowserSession, PersonalToken, RefreshFamily, User
from accounts_app.operations.erasure import close_account
from accounts_app.operations.exporting import ROWS_PER_READ, begin_export, export_lines, lease_of
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import browser_of, make_user, signed_in_client
from audit_app.models import AuditEntry
from events_app.log.history import head_of
from events_app.models import Lease
from notifications_app.models import Notification, PushSubscription
from tasks_app.models import Reminder, SavedView, Series, Tag, Task
from tasks_app.tests.helpers import make_task
from todo_project.tests.erasure.belongings import make_rich_user, run_consumers

pytestmark = pytest.mark.django_db(transaction=True)
EXPORT = "/api/export/"
MARK, OTHER = "zqxmark", "someoneelse"


def read(client: Any) -> list[dict[str, Any]]:
    answer = client.get(EXPORT)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-ndjson"
    assert "no-store" in answer["Cache-Control"]
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def kinds(lines: list[dict[str, Any]]) -> Counter[str]:
    return Counter(next(iter(line)) for line in lines[1:-1])


def test_it_has_every_row_and_says_at_last_how_many() -> None:
    make_rich_user(OTHER)
    user = make_rich_user(MARK)

    lines = read(signed_in_client(user))

    found = kinds(lines)
    assert lines[0]["export"]["user_id"] == str(user.pk)
    assert lines[-1] == {"end": True, "rows": dict(found)}
    assert found == {
        "account": 1,
        "sign_in": RefreshFamily.objects.filter(user=user).count()
        + BrowserSession.objects.filter(user=user).count(),
        "personal_token": PersonalToken.objects.filter(user=user).count(),
        "tag": Tag.objects.filter(owner=user).count(),
        "view": SavedView.objects.filter(owner=user).count(),
        "series": Series.objects.filter(owner=user).count(),
        "task": Task.objects.filter(owner=user).count(),
        "reminder": Reminder.objects.filter(owner=user).count(),
        "notification": Notification.objects.filter(user=user).count(),
        "push_subscription": PushSubscription.objects.filter(user=user).count(),
        "history": head_of(user.pk),
    }
    assert all(found.values())
    assert {line["task"]["id"] for line in lines if "task" in line} == set(
        Task.objects.filter(owner=user).values_list("pk", flat=True)
    )
    assert any(line["task"]["deleted_at"] for line in lines if "task" in line)


def test_it_has_nothing_of_anybody_else_and_nothing_that_opens_anything() -> None:
    make_rich_user(OTHER)
    user = make_rich_user(MARK)

    text = json.dumps(read(signed_in_client(user)))

    assert OTHER not in text
    secrets = [
        *User.objects.values_list("password", flat=True),
        *PersonalToken.objects.values_list("digest", flat=True),
        *BrowserSession.objects.values_list("session_key", flat=True),
    ]
    assert not [secret for secret in secrets if secret in text]


def test_events_that_the_trail_does_not_have_yet_are_in_it_once() -> None:
    user = make_user()
    make_task(user, "audited")
    run_consumers()
    make_task(user, "not yet")
    assert AuditEntry.objects.filter(user_id=user.pk).count() == 1

    history = [line["history"] for line in read(signed_in_client(user)) if "history" in line]

    assert [entry["sequence"] for entry in history] == [1, 2]
    assert ["hash" in entry for entry in history] == [True, False]
    assert history[1]["data"]["task"]["title"] == "not yet"


def test_one_at_a_time_and_the_next_when_it_has_ended() -> None:
    user, other = make_user(), make_user()
    client = signed_in_client(user)
    first: Any = client.get(EXPORT)
    next(iter(first.streaming_content))

    refused = client.get(EXPORT)

    assert (refused.status_code, refused.json()["code"]) == (409, "export_running")
    assert refused["Retry-After"]
    assert read(signed_in_client(other))[-1]["end"]
    first.close()
    assert read(client)[-1]["end"]
    assert not Lease.objects.filter(name=lease_of(user.pk)).exists()


def test_one_whose_process_was_killed_ends_after_a_minute() -> None:
    user = make_user()
    Lease.objects.create(
        name=lease_of(user.pk), holder="gone", expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert read(signed_in_client(user))[-1]["end"]


def test_of_an_account_that_is_deleted_meanwhile_it_breaks_off() -> None:
    user = make_user()
    make_task(user)
    lines = begin_export(session_credential(user, "x"))
    next(lines)

    close_account(user.pk)

    assert b'"end"' not in b"".join(lines)


def test_a_personal_token_gets_none_and_nobody_gets_none() -> None:
    text = create_personal_token(make_user(), "t", ["tasks:write"], expires_in_days=1).text
    client = APIClient()
    assert client.get(EXPORT).status_code == 401
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert client.get(EXPORT).status_code == 403


@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson", "text/html,*/*;q=0.8"])
def test_browsers_and_programs_get_the_same(accept: str) -> None:
    answer: Any = browser_of(make_user()).get(EXPORT, headers={"Accept": accept})

    assert answer.status_code == 200
    assert b'"end":true' in b"".join(answer.streaming_content)


def insert_tasks(owner: User, number: int) -> None:
    """Insert rows as a large account has them; the exporter reads rows, however they came."""
    template = Task.objects.get(pk=make_task(owner, "Template", description="x" * 500).pk)
    values = {
        field.attname: getattr(template, field.attname)
        for field in Task._meta.concrete_fields
        if not field.primary_key
    }
    for start in range(0, number - 1, 2000):
        Task.objects.bulk_create(Task(**values) for _ in range(min(2000, number - 1 - start)))


def peak_of(lines: Iterator[bytes]) -> tuple[int, int]:
    """Return how many lines there are, and the most memory that reading them took at once, in bytes."""
    tracemalloc.start()
    try:
        count = sum(1 for _ in lines)
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_thousand_tasks_take_no_more_memory_than_a_few_pages_of_them() -> None:
    few, many = make_user(), make_user()
    insert_tasks(few, 3 * ROWS_PER_READ)
    insert_tasks(many, 20_000)

    small, small_peak = peak_of(export_lines(session_credential(few, "x")))
    large, large_peak = peak_of(export_lines(session_credential(many, "x")))

    assert small > 3 * ROWS_PER_READ
    assert large > 20_000
    assert large_peak < 1.5 * small_peak
