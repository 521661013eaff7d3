from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from audit_app.api.serializers import AuditEntrySerializer
from audit_app.models import AuditEntry
from audit_app.tests.events import (
    preferences_changed,
    record,
    record_and_audit,
    task_created,
    task_deleted,
    task_reprioritised,
)
from events_app.tests.payloads import make_reminder_due
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
PATHS = ["/api/audit/", "/api/audit/verify/", "/api/tasks/5/history/"]


@pytest.fixture
def user() -> User:
    return make_user(time_zone="Asia/Tokyo")


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def sequences(client: APIClient, path: str) -> list[int]:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return [entry["sequence"] for entry in response.json()["results"]]


def test_the_trail_is_listed_newest_first_with_actor_before_and_after(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(), task_reprioritised())
    [newest, _] = client.get("/api/audit/").json()["results"]
    assert set(newest) == set(AuditEntrySerializer().fields)
    assert (newest["sequence"], newest["type"], newest["task_id"]) == (2, "task.updated", 5)
    assert newest["actor"] == {"type": "system", "id": "todo"}
    assert (newest["before"], newest["after"]) == ({"priority": "medium"}, {"priority": "high"})
    assert newest["changed_fields"] == ["priority"]
    assert newest["occurred_at"].endswith("Z")


def test_a_change_of_a_task_has_the_version_that_it_made_and_an_undo_that_of_what_it_took_back(
    user: User, client: APIClient
) -> None:
    taken_back = task_reprioritised().model_copy(update={"undoes": 2})
    record_and_audit(user.pk, task_created(), task_reprioritised(), taken_back, preferences_changed())
    found = [(entry["version"], entry["undoes"]) for entry in client.get("/api/audit/").json()["results"]]
    assert found == [(None, None), (2, 2), (2, None), (1, None)]


def test_filters_narrow_it_by_task_and_type(user: User, client: APIClient) -> None:
    record_and_audit(
        user.pk,
        task_created(5),
        task_created(6),
        task_reprioritised(5),
        preferences_changed(),
        make_reminder_due(),
    )
    assert sequences(client, "/api/audit/?task_id=5") == [5, 3, 1]
    assert sequences(client, "/api/audit/?type=task.created") == [2, 1]
    assert sequences(client, "/api/audit/?task_id=5&type=task.updated") == [3]
    assert sequences(client, "/api/audit/?task_id=99") == []


def record_daily(user: User, *, days: int) -> None:
    for day in range(1, days + 1):
        with clock(lambda day=day: datetime(2026, 3, day, 20, tzinfo=UTC)):  # type: ignore[misc]
            record_and_audit(user.pk, task_created(day))


def test_since_is_an_instant_or_a_date_in_the_users_zone(user: User, client: APIClient) -> None:
    record_daily(user, days=5)  # at 05:00 of the next day in Tokyo
    assert sequences(client, "/api/audit/?since=2026-03-03T20:00:00Z") == [5, 4, 3]
    assert sequences(client, "/api/audit/?since=2026-03-03T20:00:01Z") == [5, 4]
    assert sequences(client, "/api/audit/?since=2026-03-04T05:00:00") == [5, 4, 3]
    assert sequences(client, "/api/audit/?since=2026-03-04") == [5, 4, 3]
    assert sequences(client, "/api/audit/?since=2027-01-01") == []
    user.time_zone = "Pacific/Honolulu"
    user.save()
    assert sequences(client, "/api/audit/?since=9999-12-31T23:59:59") == []


def test_pages_follow_each_other(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, *[task_created()] * 5)
    first = client.get("/api/audit/?limit=2").json()
    second = client.get(first["next"]).json()
    assert [entry["sequence"] for entry in second["results"]] == [3, 2]


@pytest.mark.parametrize(
    "query",
    [
        "task_id=x",
        "task_id=-1",
        "task_id=1.5",
        f"task_id={2**63}",
        "since=yesterday",
        "since=1969-12-31",
        "since=0001-01-01T00:00:00%2B14:00",
        "since=9999-12-31T23:59:59-14:00",
        "type=task.exploded",
        "user_id=1",
        "position__gt=1",
    ],
)
def test_a_filter_that_can_not_be_is_refused_by_name(client: APIClient, query: str) -> None:
    response = client.get(f"/api/audit/?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("path", PATHS)
def test_without_credentials_it_is_401(path: str) -> None:
    assert APIClient().get(path).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_through_the_api(client: APIClient, user: User, path: str, method: str) -> None:
    record_and_audit(user.pk, task_created())
    assert getattr(client, method)(path, {}).status_code == 405
    assert AuditEntry.objects.count() == 1


def test_others_see_nothing_of_it(user: User) -> None:
    record_and_audit(user.pk, task_created(5))
    stranger = signed_in_client(make_user())
    assert sequences(stranger, "/api/audit/") == []
    assert sequences(stranger, "/api/audit/?task_id=5") == []
    assert stranger.get("/api/audit/verify/").json()["entries"] == 0


def test_verify_answers_with_the_length_and_the_head(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(), task_reprioritised())
    head = AuditEntry.objects.get(position=2).hash
    assert client.get("/api/audit/verify/").json() == {
        "ok": True,
        "entries": 2,
        "head": head,
        "verified": 2,
        "complete": True,
    }


def test_verify_names_the_first_entry_that_is_wrong(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(), task_reprioritised())
    AuditEntry.objects.filter(seq=2).update(data='{"forged": true}')
    answer = client.get("/api/audit/verify/").json()
    assert (answer["ok"], answer["first_bad_sequence"], answer["entries"]) == (False, 2, 1)


def test_the_history_of_a_task_goes_on_after_its_deletion(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(5), task_created(6), task_deleted(5))
    assert sequences(client, "/api/tasks/5/history/") == [3, 1]
    assert sequences(client, "/api/tasks/5/history") == [3, 1]


def test_older_clients_find_the_history_under_their_own_roots(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(5), task_deleted(5))
    for root in ("/todos", "/api/todos", f"/api/{user.pk}/tasks"):
        response = client.get(f"{root}/5/history/?limit=1")
        assert [each["sequence"] for each in response.json()] == [2]
        assert 'rel="next"' in response["Link"]
    assert client.get(f"/api/{user.pk + 1}/tasks/5/history/").status_code == 404


def test_the_history_of_a_task_that_is_not_the_callers_is_404(user: User, client: APIClient) -> None:
    record_and_audit(make_user().pk, task_created(5))
    answers = [client.get(f"/api/tasks/{task_id}/history/") for task_id in (5, 6, 10**30)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_a_task_that_the_trail_does_not_have_yet_has_an_empty_history(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created(4))
    record(user.pk, task_created(5))
    assert sequences(client, "/api/tasks/5/history/") == []


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/api/audit/", 1),
        ("/api/audit/?since=2026-01-01&type=task.created", 2),
        ("/api/audit/verify/", 4),
        ("/api/tasks/5/history/", 2),
    ],
)
def test_the_number_of_queries_does_not_follow_the_number_of_entries(
    user: User, client: APIClient, path: str, queries: int
) -> None:
    record_and_audit(user.pk, *[task_created()] * 60)
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/auth/me/")
    authentication = len(captured) - 1  # the account itself asks for its address to confirm
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    assert len(captured) - authentication == queries


def test_times_since_are_compared_to_the_microsecond(user: User, client: APIClient) -> None:
    record_and_audit(user.pk, task_created())
    at = AuditEntry.objects.get().occurred_at
    later = (at + timedelta(microseconds=1)).isoformat().replace("+", "%2B")
    assert sequences(client, f"/api/audit/?since={later}") == []
    assert sequences(client, f"/api/audit/?since={at.isoformat().replace('+', '%2B')}") == [1]
