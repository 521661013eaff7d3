"""Notifications: made at a firing, shown at once or after the quiet hours, read by their user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts_app.models import User
from events_app.appending import Caused
from events_app.context import Provenance
from events_app.contracts import NotificationCreated, ReminderDue
from events_app.transactions import database_now, write_transaction
from events_app.writing import Log, record_across, writing
from notifications_app.channels import CHANNELS
from notifications_app.errors import NotificationNotFound
from notifications_app.models import Delivery, Notification
from notifications_app.queries import shown_to
from notifications_app.quiet_hours import quiet_until

URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Firing:
    """A `reminder.due` of a user's history: its content, its number, and where it stands as a cause."""

    user_id: int
    seq: int
    due: ReminderDue
    cause: Provenance

    @property
    def key(self) -> tuple[int | None, int | None]:
        return self.due.reminder_id, self.due.firing


def notify_of_firings(firings: Sequence[Firing], logs: Mapping[int, Log]) -> int:
    """Tell users of firings: one notification each, and one delivery per channel they chose; return how many.

    In a user's quiet hours, unless the task is urgent, it is held until they end; otherwise it is shown and
    `notification.created` recorded, in the same transaction. Statements follow batches, not firings.
    Repeating is harmless: (reminder, firing) notifies once. A user who is gone is told nothing. `logs` are
    those of the running block, by user.
    """
    users = User.objects.in_bulk({firing.user_id for firing in firings})
    known = _known(firings)
    fresh = {each.key: each for each in firings if each.user_id in users and each.key not in known}
    if not fresh:
        return 0
    now = database_now()
    told = [(each, _notification(each, users[each.user_id], now=now)) for each in fresh.values()]
    Notification.objects.bulk_create(notification for _, notification in told)
    Delivery.objects.bulk_create(
        delivery for each, made in told for delivery in _deliveries(made, users[each.user_id].channels)
    )
    _say_shown(told, logs)
    return len(told)


def _known(firings: Sequence[Firing]) -> set[tuple[int | None, int | None]]:
    of_these = Notification.objects.filter(reminder_id__in={firing.due.reminder_id for firing in firings})
    return set(of_these.values_list("reminder_id", "firing"))


def _notification(firing: Firing, user: User, *, now: datetime) -> Notification:
    due = firing.due
    held_until = None if due.priority == URGENT else quiet_until(now, zone=user.zone, hours=user.quiet_hours)
    return Notification(
        user_id=firing.user_id,
        kind=Notification.Kind.REMINDER,
        title=due.title,
        body=due.message,
        task_id=due.task_id,
        reminder_id=due.reminder_id,
        firing=due.firing,
        caused_by=firing.seq,
        created_at=now,
        shown_at=now if held_until is None else None,
        held_until=held_until,
    )


def _deliveries(notification: Notification, channels: Sequence[str]) -> Iterator[Delivery]:
    for name in channels:
        if name in CHANNELS:
            yield Delivery(
                notification=notification,
                channel=name,
                key=f"reminder-{notification.reminder_id}-{notification.firing}-{name}",
                **_first_state(notification, leaves_database=CHANNELS[name].leaves_database),
            )


def _say_shown(told: Sequence[tuple[Firing, Notification]], logs: Mapping[int, Log]) -> None:
    histories: dict[Log, list[Caused]] = {}
    for firing, notification in told:
        if notification.shown_at is not None:
            created = NotificationCreated(notification=notification.snapshot())
            histories.setdefault(logs[firing.user_id], []).append(Caused(created, firing.cause))
    record_across(histories)


def _first_state(notification: Notification, *, leaves_database: bool) -> dict[str, object]:
    if notification.shown_at is None:
        return {"status": Delivery.Status.HELD, "reason": "quiet_hours"}
    if leaves_database:
        return {"status": Delivery.Status.PLANNED, "next_attempt_at": notification.shown_at}
    return {"status": Delivery.Status.SENT, "sent_at": notification.shown_at, "attempts": 1}


def suppress_for_task(task_id: int, *, user_id: int, seq: int, reason: str) -> int:
    """Tell no more of a task than has been told: suppress what is held and what is not sent yet.

    `seq` is that of the event that says the task is done or gone; what later events made is left alone, so
    repeating is harmless even after the task was reopened. Returns how many deliveries it suppressed.
    """
    with writing(user_id):
        about = Notification.objects.filter(user_id=user_id, task_id=task_id, caused_by__lt=seq)
        waiting = Delivery.objects.filter(
            notification__in=about.values("pk"), status__in=[Delivery.Status.HELD, Delivery.Status.PLANNED]
        )
        suppressed = waiting.update(
            status=Delivery.Status.SUPPRESSED, reason=reason, next_attempt_at=None, digest=""
        )
        about.filter(held_until__isnull=False).update(held_until=None, suppressed_reason=reason)
        return suppressed


def mark_read(notification_id: int, *, user_id: int) -> Notification:
    """Note that the user has read a notification and return it. Repeating keeps the first moment.

    Raises NotificationNotFound when the user has no such notification that is shown.
    """
    with write_transaction():
        own = shown_to(user_id).filter(pk=notification_id)
        own.filter(read_at__isnull=True).update(read_at=database_now())
        notification = own.first()
    if notification is None:
        raise NotificationNotFound
    return notification


def mark_all_read(user_id: int) -> int:
    """Note that the user has read everything that is shown; return how many were unread."""
    with write_transaction():
        return shown_to(user_id).filter(read_at__isnull=True).update(read_at=database_now())
