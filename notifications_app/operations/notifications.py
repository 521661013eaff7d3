"""Notifications: created at a firing, shown at once or after the quiet hours, marked as read by their user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from django.db.models import Max

from accounts_app.preferences.quiet_hours import find_quiet_end
from accounts_app.queries.preferences import Preferences, preferences_of
from events_app.contracts import (
    NotificationCreated,
    NotificationRead,
    NotificationSnapshot,
    PrintedPayload,
    ReminderDue,
)
from events_app.log.append import CausedPayload
from events_app.log.write import Log, record_across, writing
from foundation.context import Provenance
from foundation.database import sql
from foundation.database.row_writes import insert_all, insert_statements, new_row
from foundation.database.transactions import database_now
from notifications_app.channels import CHANNELS, Channel
from notifications_app.errors import NotificationNotFound
from notifications_app.models import Delivery, Notification
from notifications_app.queries import shown_notifications
from notifications_app.reasons import Reason

URGENT = "urgent"
_DELIVERY_COLUMNS: Final = (
    "notification_id", "channel", "key", "status", "reason", "attempts", "next_attempt_at", "sent_at",
    "lease_holder", "digest", "provider_id", "resends",
)  # fmt: skip
_SNAPSHOT_FIELDS: Final = tuple(NotificationSnapshot.model_fields)


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A `reminder.due` of a user's history: its payload, its seq, and the provenance of what it causes."""

    user_id: int
    seq: int
    due: ReminderDue
    cause: Provenance

    @property
    def key(self) -> tuple[int | None, int | None]:
        return self.due.reminder_id, self.due.firing


def notify_of_firings(firings: Sequence[DueReminder], logs: Mapping[int, Log]) -> int:
    """Insert one notification for each firing, and one delivery for each channel of its user; return how many.

    In the user's quiet hours a notification is held until they end, unless the task is urgent; otherwise it is shown
    and `notification.created` is recorded, in the same transaction. The number of statements does not depend on the
    number of firings. Repeating is harmless: (reminder, firing) notifies once. A deleted user gets nothing. `logs` are
    the open logs, by user.
    """
    users = preferences_of({firing.user_id for firing in firings})
    known = _find_notified(firings)
    fresh = {each.key: each for each in firings if each.user_id in users and each.key not in known}
    if not fresh:
        return 0
    now = database_now()
    pairs = [(each, _notification(each, users[each.user_id], now=now)) for each in fresh.values()]
    insert_all([notification for _, notification in pairs])
    deliveries = [
        row for each, notification in pairs for row in _deliveries(notification, users[each.user_id])
    ]
    sql.run_together(insert_statements(Delivery, _DELIVERY_COLUMNS, deliveries))
    _record_created(pairs, logs)
    return len(pairs)


def _find_notified(firings: Sequence[DueReminder]) -> set[tuple[int | None, int | None]]:
    reminder_ids = list({firing.due.reminder_id for firing in firings})
    if not reminder_ids:
        return set()
    found = Notification.objects.filter(reminder_id__in=reminder_ids)
    return set(found.values_list("reminder_id", "firing"))


def _notification(firing: DueReminder, user: Preferences, *, now: datetime) -> Notification:
    due = firing.due
    held_until = (
        None if due.priority == URGENT else find_quiet_end(now, zone=user.zone, hours=user.quiet_hours)
    )
    return new_row(
        Notification,
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


def _deliveries(notification: Notification, user: Preferences) -> Iterator[Sequence[object]]:
    """Yield the values of `_DELIVERY_COLUMNS` for each of the user's channels that exists."""
    for name in user.channels:
        if name in CHANNELS:
            key = f"reminder-{notification.reminder_id}-{notification.firing}-{name}"
            state = _first_state(notification, user, CHANNELS[name])
            yield (notification.pk, name, key, *state, "", "", "", 0)


def _record_created(pairs: Sequence[tuple[DueReminder, Notification]], logs: Mapping[int, Log]) -> None:
    histories: dict[Log, list[CausedPayload]] = {}
    for firing, notification in pairs:
        if notification.shown_at is not None:
            created = _created_event(notification)
            histories.setdefault(logs[firing.user_id], []).append(CausedPayload(created, firing.cause))
    record_across(histories)


def _created_event(notification: Notification) -> PrintedPayload:
    """Return the event of a shown notification, with the JSON of `NotificationCreated(notification.snapshot())`."""
    facts = {name: getattr(notification, name) for name in _SNAPSHOT_FIELDS}
    text = orjson.dumps({"notification": facts}, option=orjson.OPT_UTC_Z).decode()
    return PrintedPayload(NotificationCreated, notification.task_id, text)


def _first_state(notification: Notification, user: Preferences, channel: Channel) -> Sequence[object]:
    """Return status, reason, attempts, next_attempt_at and sent_at of a new delivery."""
    shown_at = notification.shown_at
    if channel.needs_address and not user.is_email_verified:  # it may be a stranger's
        return Delivery.Status.SUPPRESSED, Reason.ADDRESS_NOT_VERIFIED, 0, None, None
    if shown_at is None:
        return Delivery.Status.HELD, Reason.QUIET_HOURS, 0, None, None
    if channel.leaves_database:
        return Delivery.Status.PLANNED, "", 0, shown_at, None
    return Delivery.Status.SENT, "", 1, None, shown_at


def mark_read(notification_id: int, *, user_id: int) -> Notification:
    """Mark a notification as read, record `notification.read`, and return it.

    Repeating keeps the first moment and records nothing. Raises NotificationNotFound when no such notification is shown
    to the user.
    """
    with writing(user_id) as log:
        notification = shown_notifications(user_id).filter(pk=notification_id).first()
        if notification is None:
            raise NotificationNotFound
        if notification.read_at is None:
            notification.read_at = log.now
            notification.save(update_fields=["read_at"])
            log.record(
                NotificationRead(notification_ids=[notification.pk], read_through=None, read_at=log.now)
            )
    return notification


def mark_all_read(user_id: int) -> int:
    """Mark all shown notifications of the user as read, as one event; return how many were unread."""
    with writing(user_id) as log:
        unread = shown_notifications(user_id).filter(read_at__isnull=True)
        newest: int | None = unread.aggregate(newest=Max("pk"))["newest"]
        marked = unread.update(read_at=log.now)
        if marked:
            log.record(NotificationRead(notification_ids=[], read_through=newest, read_at=log.now))
        return marked
