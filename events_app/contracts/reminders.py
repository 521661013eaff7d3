"""Reminder events. (reminder_id, firing) names one firing for ever."""

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
    """A planned firing's instant has come; `late` if by more than 60 s."""

    TYPE: ClassVar[str] = "reminder.due"


class ReminderCancelled(ReminderEvent):
    """A planned firing will not happen; `reason` says why."""

    TYPE: ClassVar[str] = "reminder.cancelled"

    reason: str
