import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.contracts import NotificationSnapshot
from events_app.log.history import events_between, head_of
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import TryLater
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.reasons import Reason
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed

pytestmark = pytest.mark.django_db
PATH = "/api/notifications/"


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def reminders(client: APIClient, path: str = PATH) -> list[int]:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return [row["reminder_id"] for row in response.json()["results"]]


def test_notifications_are_listed_newest_first_with_deliveries_and_why(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due(1), make_reminder_due(2, task_id=6), task_completed(6))
    newest, oldest = client.get(PATH).json()["results"]
    assert set(NotificationSnapshot.model_fields) < set(newest)
    assert (oldest["reminder_id"], oldest["read_at"]) == (1, None)
    assert [(each["channel"], each["status"], each["reason"]) for each in newest["deliveries"]] == [
        ("in_app", "sent", ""),
        ("email", "suppressed", "task_completed"),
    ]


def test_what_a_mail_server_said_is_for_operators_alone(
    user: User, client: APIClient, channel: RecordingChannel
) -> None:
    record_and_notify(user.pk, make_reminder_due())
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "[Errno 111] mx7.internal refused")
    send_due_deliveries()
    response = client.get(PATH)
    assert b"mx7.internal" not in response.content
    [row] = response.json()["results"]
    assert row["deliveries"][1]["reason"] == "mail_server_unavailable"
    assert "mx7.internal" in Delivery.objects.get(channel="email").detail


def test_what_an_older_release_stored_of_a_mail_server_is_not_shown(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due())
    Delivery.objects.filter(channel="email").update(reason="ConnectionRefusedError: [Errno 111] refused")
    [row] = client.get(PATH).json()["results"]
    assert row["deliveries"][1]["reason"] == "other"


def test_a_row_has_the_fields_of_the_event(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due())
    [row] = client.get(PATH).json()["results"]
    snapshot = Notification.objects.get().snapshot().model_dump(mode="json")
    assert {name: row[name] for name in snapshot} == snapshot


def test_held_and_suppressed_ones_are_not_seen(user: User, client: APIClient, at: SetClock) -> None:
    client.patch("/api/auth/me/", {"quiet_from": "00:00", "quiet_until": "23:59"})
    record_and_notify(user.pk, make_reminder_due(1, priority="urgent"), make_reminder_due(2))
    assert reminders(client) == [1]
    held = Notification.objects.get(reminder_id=2)
    assert client.post(f"{PATH}{held.pk}/read/").status_code == 404


def test_unread_ones_can_be_asked_for(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due(1), make_reminder_due(2))
    client.post(f"{PATH}{Notification.objects.get(reminder_id=1).pk}/read/")
    assert reminders(client, f"{PATH}?unread=true") == [2]
    assert reminders(client, f"{PATH}?unread=false") == [1]
    assert reminders(client, f"{PATH}?limit=1") == [2]


@pytest.mark.parametrize(
    "query", ["unread=maybe", "unread=", "unread=50%25", "unread=%25s", "user=1", "deliveries__key=x"]
)
def test_a_filter_that_can_not_be_is_refused(client: APIClient, query: str) -> None:
    expected = 200 if query == "unread=" else 400
    assert client.get(f"{PATH}?{query}").status_code == expected


def events_after(user: User, head: int) -> list[dict[str, object]]:
    events = events_between(user.pk, after=head, to=head_of(user.pk))
    assert {event.type for event in events} <= {"notification.read"}
    return [event.data for event in events]  # type: ignore[misc]


def test_reading_one_keeps_the_first_moment_and_is_one_event(
    user: User, client: APIClient, at: SetClock
) -> None:
    record_and_notify(user.pk, make_reminder_due())
    head = head_of(user.pk)
    path = f"{PATH}{Notification.objects.get().pk}/read/"
    first = client.post(path).json()
    at.advance(minutes=5)
    assert client.post(path).json() == first
    assert first["read_at"] == "2026-01-31T12:00:00Z"
    assert events_after(user, head) == [
        {"notification_ids": [first["id"]], "read_through": None, "read_at": first["read_at"]}
    ]


def test_reading_all_marks_what_was_unread_as_one_event(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due(1), make_reminder_due(2))
    head, newest = head_of(user.pk), Notification.objects.latest("pk")
    assert client.post(f"{PATH}read/").json() == {"marked": 2}
    assert client.post(f"{PATH}read/").json() == {"marked": 0}
    newest.refresh_from_db()
    assert newest.read_at is not None
    [read] = events_after(user, head)
    assert (read["notification_ids"], read["read_through"]) == ([], newest.pk)
    assert reminders(client, f"{PATH}?unread=true") == []


@pytest.mark.parametrize("path", [f"{PATH}read/", f"{PATH}1/read/"])
def test_a_body_with_unknown_fields_is_refused(client: APIClient, path: str) -> None:
    response = client.post(path, {"all": True})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "all"


def test_other_peoples_notifications_are_404_and_stay_unread(user: User, client: APIClient) -> None:
    record_and_notify(user.pk, make_reminder_due())
    stranger = signed_in_client(make_user())
    notification = Notification.objects.get()
    for id_ in (notification.pk, notification.pk + 1, 10**30):
        assert stranger.post(f"{PATH}{id_}/read/").status_code == 404
    assert stranger.post(f"{PATH}read/").json() == {"marked": 0}
    assert reminders(stranger) == []
    assert reminders(client, f"{PATH}?unread=true") == [9]


@pytest.mark.parametrize("path", [PATH, f"{PATH}read/", f"{PATH}1/read/"])
def test_without_credentials_it_is_401(path: str) -> None:
    assert APIClient().get(path).status_code == 401
    assert APIClient().post(path).status_code == 401


@pytest.mark.parametrize("call", [("get", PATH, 2), ("post", f"{PATH}read/", 5)])
def test_the_number_of_queries_does_not_follow_the_number_of_notifications(
    user: User, client: APIClient, settings: Settings, call: tuple[str, str, int]
) -> None:
    method, path, most = call
    settings.DATABASE_PREPARE = False  # so that each statement shows its text
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(60)])
    with CaptureQueriesContext(connection) as captured:
        assert getattr(client, method)(path).status_code == 200
    besides = ("refreshfamily", "writebucket", "SAVEPOINT")  # who calls, what they may write
    about = [query for query in captured if not any(name in query["sql"] for name in besides)]
    assert len(about) <= most
