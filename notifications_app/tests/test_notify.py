from datetime import UTC, datetime, time

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.consumers.kernel import advance, replay
from events_app.contracts import NotificationCreated, stream_key
from events_app.log.history import events_between, head_of
from events_app.log.write import writing
from events_app.models import Event
from events_app.tests.payloads import make_reminder_due
from notifications_app.consumers import on_events
from notifications_app.models import Delivery, Notification
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import notify, record_and_notify, task_completed, task_deleted

pytestmark = pytest.mark.django_db


def states(user: User) -> dict[str, str]:
    found = Delivery.objects.filter(notification__user=user)
    return dict(found.values_list("channel", "status"))


def test_a_firing_becomes_a_notification_with_a_delivery_per_channel(user: User, at: SetClock) -> None:
    record_and_notify(user.pk, make_reminder_due())
    notification = Notification.objects.get(user=user)
    assert (notification.title, notification.body) == ("Buy milk", "Task 'Buy milk' is due now")
    assert (notification.task_id, notification.reminder_id, notification.firing) == (5, 9, 1)
    assert notification.shown_at == notification.created_at == at.now
    assert states(user) == {"in_app": "sent", "email": "planned"}


def test_showing_it_is_an_event_caused_by_the_firing(user: User) -> None:
    record_and_notify(user.pk, make_reminder_due())
    due, shown = events_between(user.pk, after=0, to=9)
    assert isinstance(shown.payload, NotificationCreated)
    assert shown.payload.notification == Notification.objects.get().snapshot()
    assert shown.data == orjson.loads(shown.payload.model_dump_json())
    assert (shown.causation_id, shown.actor.type, shown.actor.id) == (
        due.event_id,
        "consumer",
        "notifications",
    )


def test_handling_the_event_twice_tells_once(user: User) -> None:
    record_and_notify(user.pk, make_reminder_due())
    head = head_of(user.pk)
    [event] = events_between(user.pk, after=0, to=1)
    on_events([event])
    list(replay("notifications", user_id=user.pk))
    assert Notification.objects.count() == 1
    assert Delivery.objects.count() == 2
    assert head_of(user.pk) == head


def test_each_firing_of_a_reminder_notifies(user: User) -> None:
    record_and_notify(user.pk, make_reminder_due(firing=1), make_reminder_due(firing=2))
    assert Notification.objects.count() == 2


def test_without_channels_the_notification_is_there_without_deliveries() -> None:
    user = make_user(channels=[])
    record_and_notify(user.pk, make_reminder_due())
    assert Notification.objects.get().shown_at is not None
    assert Delivery.objects.count() == 0


def test_a_deleted_user_gets_no_notification() -> None:
    record_and_notify(10**6, make_reminder_due())
    assert Notification.objects.count() == 0
    assert Event.objects.count() == 1


@pytest.fixture
def sleeper() -> User:
    return make_user(
        email="sleeper@example.org",
        channels=["in_app", "email"],
        time_zone="Europe/Paris",
        quiet_from=time(22),
        quiet_until=time(7),
    )


def test_an_address_that_is_not_verified_gets_nothing_and_its_user_sees_why(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email_verified_at=None)
    record_and_notify(user.pk, make_reminder_due())
    delivery = Delivery.objects.get(channel="email")
    assert (delivery.status, delivery.reason) == ("suppressed", "address_not_verified")
    assert states(user)["in_app"] == "sent"


def test_without_an_address_nothing_is_planned(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="", email_verified_at=None)
    record_and_notify(user.pk, make_reminder_due())
    assert Delivery.objects.get(channel="email").reason == "address_not_verified"


def test_in_quiet_hours_it_is_held_until_they_end(sleeper: User, at: SetClock) -> None:
    at.set("2026-10-24T21:15:00+00:00")
    record_and_notify(sleeper.pk, make_reminder_due())
    notification = Notification.objects.get()
    assert notification.shown_at is None
    assert notification.held_until == datetime(2026, 10, 25, 6, tzinfo=UTC)
    assert states(sleeper) == {"in_app": "held", "email": "held"}
    assert [event.type for event in events_between(sleeper.pk, after=0, to=9)] == ["reminder.due"]


def test_urgent_passes_quiet_hours(sleeper: User, at: SetClock) -> None:
    at.set("2026-10-24T21:15:00+00:00")
    record_and_notify(sleeper.pk, make_reminder_due(priority="urgent"))
    assert Notification.objects.get().shown_at == at.now


@pytest.mark.parametrize(
    ("end", "reason"), [(task_completed(), "task_completed"), (task_deleted(), "task_deleted")]
)
def test_what_is_held_for_a_task_that_is_done_or_gone_is_suppressed(
    sleeper: User, at: SetClock, end: object, reason: str
) -> None:
    at.set("2026-10-24T21:15:00+00:00")
    record_and_notify(sleeper.pk, make_reminder_due(), make_reminder_due(10, task_id=6))
    record_and_notify(sleeper.pk, end)  # type: ignore[arg-type]
    suppressed = Notification.objects.get(task_id=5)
    assert (suppressed.suppressed_reason, suppressed.held_until) == (reason, None)
    assert set(suppressed.deliveries.values_list("status", "reason")) == {("suppressed", reason)}
    assert Notification.objects.get(task_id=6).held_until is not None


def test_tasks_that_nobody_is_told_about_are_found_in_one_query_and_lock_no_history(user: User) -> None:
    with writing(user.pk) as log:
        log.record_many([task_completed(5), task_deleted(6), task_completed(7)])
    with CaptureQueriesContext(connection) as queries:
        notify(user.pk)
    texts = [query["sql"] for query in queries]
    assert sum("notifications_app_notification" in text for text in texts) == 1
    assert not [text for text in texts if "events_app_stream" in text and text.startswith("SELECT id, head")]


def test_a_mail_not_sent_yet_is_suppressed_and_the_notification_stays(user: User) -> None:
    record_and_notify(user.pk, make_reminder_due(), task_completed())
    assert states(user) == {"in_app": "sent", "email": "suppressed"}
    assert Notification.objects.get().shown_at is not None


def test_replaying_a_completion_leaves_what_a_later_firing_made(sleeper: User, at: SetClock) -> None:
    at.set("2026-10-24T21:15:00+00:00")
    record_and_notify(sleeper.pk, task_completed(), make_reminder_due())
    list(replay("notifications", user_id=sleeper.pk))
    assert Notification.objects.get().held_until is not None
    assert states(sleeper) == {"in_app": "held", "email": "held"}


def test_other_peoples_notifications_of_the_same_task_number_are_left_alone(user: User) -> None:
    record_and_notify(user.pk, make_reminder_due())
    record_and_notify(make_user().pk, task_completed(6), task_completed(5))
    assert states(user)["email"] == "planned"


def test_many_users_are_notified_in_as_many_statements_as_one(at: SetClock) -> None:
    def statements(users: list[User]) -> int:
        for user in users:
            with writing(user.pk) as log:
                log.record_many([make_reminder_due(user.pk, firing=1), make_reminder_due(user.pk, firing=2)])
        hints = {stream_key(user.pk): head_of(user.pk) for user in users}
        with CaptureQueriesContext(connection) as captured:
            advance("notifications", hints)
        return len(captured)

    one = statements([make_user()])
    users = [make_user() for _ in range(20)]
    assert statements(users) <= one
    for user in users:
        assert Notification.objects.filter(user=user).count() == 2
        assert [event.type for event in events_between(user.pk, after=2, to=9)] == [
            "notification.created"
        ] * 2
        causes = {event.causation_id for event in events_between(user.pk, after=2, to=9)}
        assert causes == {event.event_id for event in events_between(user.pk, after=0, to=2)}


def test_in_a_batch_each_users_events_keep_their_order(user: User) -> None:
    other = make_user()
    for each in (user, other):
        with writing(each.pk) as log:
            log.record_many(
                [make_reminder_due(each.pk), task_completed(), make_reminder_due(each.pk, firing=2)]
            )
    advance("notifications", {stream_key(each.pk): 3 for each in (user, other)})
    assert Notification.objects.count() == 4
    first, second = Delivery.objects.filter(notification__user=user, channel="email").order_by("id")
    assert (first.status, second.status) == ("suppressed", "planned")


def test_a_user_who_is_gone_holds_up_nobody(user: User) -> None:
    for user_id in (987_654, user.pk):
        with writing(user_id) as log:
            log.record(make_reminder_due(user_id))
    advance("notifications", {stream_key(user_id): 1 for user_id in (987_654, user.pk)})
    assert list(Notification.objects.values_list("user_id", flat=True)) == [user.pk]
