import pytest

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import CHANNELS
from notifications_app.models import Delivery
from notifications_app.operations import turns
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    """Takes the place of web push, and each message is slow."""
    recording = RecordingChannel()
    monkeypatch.setitem(CHANNELS, "web_push", recording)
    monkeypatch.setattr(turns, "SLOW_SECONDS", 0.0)
    return recording


def somebody(name: str = "ada") -> User:
    return make_user(email=f"{name}@example.org", channels=["web_push"])


def push_to(user: User, *reminders: int) -> list[str]:
    """Make pushes due and return their keys."""
    record_and_notify(user.pk, *[make_reminder_due(number) for number in reminders])
    due = Delivery.objects.filter(notification__user=user, channel="web_push").order_by("pk")
    return list(due.values_list("key", flat=True))


def test_after_a_slow_message_of_one_user_those_of_the_others_come_first(
    at: SetClock, devices: RecordingChannel
) -> None:
    first, second, third = (somebody(name) for name in ("ada", "bob", "eve"))
    many = push_to(first, 1, 2, 3)
    at.advance(seconds=1)
    two = push_to(second, 11, 12)
    [one] = push_to(third, 21)
    assert send_due_deliveries(budget_seconds=60) == 6
    assert devices.keys == [many[0], two[0], one, many[1], two[1], many[2]]


def test_who_waits_has_the_turn_when_nobody_else_has_a_message(
    at: SetClock, devices: RecordingChannel
) -> None:
    user = somebody()
    keys = push_to(user, 1, 2)
    assert send_due_deliveries(budget_seconds=60) == 2
    assert devices.keys == keys


def test_quick_messages_go_in_the_order_in_which_they_are_due(
    at: SetClock, devices: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SLOW_SECONDS", 60.0)
    first, second = (somebody(name) for name in ("ada", "bob"))
    many = push_to(first, 1, 2)
    at.advance(seconds=1)
    [one] = push_to(second, 11)
    send_due_deliveries()
    assert devices.keys == [*many, one]


@pytest.mark.parametrize(("bound", "value"), [("MOST_USERS_WAITING", 1), ("LONGEST_WAIT_SECONDS", 0.0)])
def test_nobody_waits_for_others_without_end(
    at: SetClock, devices: RecordingChannel, monkeypatch: pytest.MonkeyPatch, bound: str, value: float
) -> None:
    monkeypatch.setattr(turns, bound, value)
    mine = push_to(somebody(), 1, 2)
    at.advance(seconds=1)
    others = push_to(somebody("bob"), 11)
    assert send_due_deliveries(budget_seconds=60) == 3
    assert devices.keys == [*mine, *others]
