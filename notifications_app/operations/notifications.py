"""Notifications: made at a firing, shown at once or after the quiet hours, read by their user."""

from collections.abc import Sequence
from datetime import datetime

from accounts_app.models import User
from events_app.contracts import NotificationCreated, ReminderDue
from events_app.transactions import database_now, write_transaction
from events_app.writing import Log, writing
from notifications_app.channels import CHANNELS
from notifications_app.errors import NotificationNotFound
from notifications_app.models import Delivery, Notification
from notifications_app.queries import shown_to
from notifications_app.quiet_hours import quiet_until

URGENT = "urgent"


def notify_of_reminder(due: ReminderDue, *, user_id: int, seq: int) -> None:
    """Tell the user of a firing: one notification, and one delivery per channel they chose.

    In the user's quiet hours, unless the task is urgent, it is held until they end; otherwise it is shown
    and `notification.created` recorded, in the same transaction. `seq` is that of the `reminder.due` event.
    Repeating is harmless: (reminder, firing) notifies once. A user who is gone is told nothing.
    """
    with writing(user_id) as log:
        user = User.objects.filter(pk=user_id).first()
        if user is None or _is_known(due):
            return
        held_until = None if due.priority == URGENT else _quiet_until(user, log.now)
        notification = _insert(due, log=log, seq=seq, held_until=held_until)
        _insert_deliveries(notification, user.channels)
        if held_until is None:
            log.record(NotificationCreated(notification=notification.snapshot()))


def _is_known(due: ReminderDue) -> bool:
    return Notification.objects.filter(reminder_id=due.reminder_id, firing=due.firing).exists()


def _quiet_until(user: User, now: datetime) -> datetime | None:
    return quiet_until(now, zone=user.zone, hours=user.quiet_hours)


def _insert(due: ReminderDue, *, log: Log, seq: int, held_until: datetime | None) -> Notification:
    return Notification.objects.create(
        user_id=log.user_id,
        kind=Notification.Kind.REMINDER,
        title=due.title,
        body=due.message,
        task_id=due.task_id,
        reminder_id=due.reminder_id,
        firing=due.firing,
        caused_by=seq,
        created_at=log.now,
        shown_at=log.now if held_until is None else None,
        held_until=held_until,
    )


def _insert_deliveries(notification: Notification, channels: Sequence[str]) -> None:
    deliveries = [
        Delivery(
            notification=notification,
            channel=name,
            key=f"reminder-{notification.reminder_id}-{notification.firing}-{name}",
            **_first_state(notification, leaves_database=CHANNELS[name].leaves_database),
        )
        for name in channels
        if name in CHANNELS
    ]
    Delivery.objects.bulk_create(deliveries)


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
