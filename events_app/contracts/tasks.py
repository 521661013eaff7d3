"""Task events. Each contains the whole task as `GET /api/tasks/{id}/` returns it, without `overdue`."""

from typing import ClassVar, Literal

from pydantic import JsonValue

from events_app.contracts.base import CalendarDate, Contract, Instant, Payload, PriorityName


class ReminderSnapshot(Contract):
    """One reminder of a task at the time of the event."""

    id: int
    offset: str | None
    at: Instant | None
    fire_at: Instant | None
    status: Literal["pending", "fired", "cancelled"]
    reason: str | None
    late: bool


class RecurrenceSnapshot(Contract):
    """The recurrence rule of a task's series, with the sentence that describes it."""

    rule: str
    anchor: Literal["future", "due", "completion"]
    overflow: Literal["clamp", "omit"]
    advance: Literal["completed", "scheduled"] | None = None
    text: str


class TaskSnapshot(Contract):
    """The whole task at the time of the event."""

    id: int
    user_id: str
    version: int
    created_at: Instant
    updated_at: Instant
    title: str
    description: str
    priority: PriorityName
    tags: list[str]
    completed: bool
    status: Literal["pending", "completed"]
    completed_at: Instant | None
    due_at: Instant | None
    due_date: str | None
    due_on: CalendarDate | None
    time_zone: str | None
    floating: bool
    reminders: list[ReminderSnapshot]
    reminder_at: Instant | None
    recurrence: RecurrenceSnapshot | None
    series_id: int | None
    occurrence: str | None


class TaskEvent(Payload):
    """Base of the four task events."""

    task: TaskSnapshot
    changed_fields: list[str]
    previous: dict[str, JsonValue]
    undoes: int | None = None
    """Of an undo: the version whose change it takes back."""
    by_rule: bool = False
    """Whether the rule of a series made the change, whoever was the first to ask for it: it is nobody's to undo."""

    @property
    def about_task(self) -> int:
        return self.task.id


class TaskCreated(TaskEvent):
    """A task was created, or restored from the trash."""

    TYPE: ClassVar[str] = "task.created"


class TaskUpdated(TaskEvent):
    """A task changed in any way other than its completion; it may have been reopened."""

    TYPE: ClassVar[str] = "task.updated"


class TaskCompleted(TaskEvent):
    """A task was completed, at `task.completed_at`."""

    TYPE: ClassVar[str] = "task.completed"


class TaskDeleted(TaskEvent):
    """A task was moved to the trash, withdrawn, missed, or removed from the trash; the last two have a `reason`."""

    TYPE: ClassVar[str] = "task.deleted"

    reason: Literal["missed", "purged"] | None = None
