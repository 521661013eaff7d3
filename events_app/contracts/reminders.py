"""Reminder events. The pair (reminder_id, firing) identifies one firing for ever."""

from typing import ClassVar

from events_app.contracts.base import Instant, Payload, PriorityName


class ReminderEvent(Payload):
    """Base of the three reminder events."""

    reminder_id: int
    firing: int
    task_id: int
    title: str
    priority: PriorityName
    due_at: Instant | None
    remind_at: Instant
    message: str
    late: bool

    @property
    def about_task(self) -> int:
        return self.task_id


class ReminderScheduled(ReminderEvent):
    """A firing was planned for `remind_at`."""

    TYPE: ClassVar[str] = "reminder.scheduled"


class ReminderDue(ReminderEvent):
    """The instant of a planned firing has come; `late` if that was more than 60 s ago."""

    TYPE: ClassVar[str] = "reminder.due"


class ReminderCancelled(ReminderEvent):
    """A planned firing will not happen; `reason` says why."""

    TYPE: ClassVar[str] = "reminder.cancelled"

    reason: str
