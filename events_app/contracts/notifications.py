"""Notification events."""

from typing import ClassVar

from events_app.contracts.base import Contract, Instant, Payload


class NotificationSnapshot(Contract):
    """One notification as the API returns it."""

    id: int
    kind: str
    title: str
    body: str
    task_id: int | None
    reminder_id: int | None
    firing: int | None
    created_at: Instant
    read_at: Instant | None


class NotificationRead(Payload):
    """A user read notifications: those with these ids, or all that were shown, up to the id `read_through`."""

    TYPE: ClassVar[str] = "notification.read"

    notification_ids: list[int]
    read_through: int | None
    read_at: Instant


class NotificationCreated(Payload):
    """A notification became visible to its user."""

    TYPE: ClassVar[str] = "notification.created"

    notification: NotificationSnapshot

    @property
    def about_task(self) -> int | None:
        return self.notification.task_id
