"""Events of reminders, and the sentence that a person reads. Pure, but for the rows it reads."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import orjson

from events_app.contracts import Payload, PrintedPayload, ReminderCancelled, ReminderDue, ReminderScheduled
from tasks_app.models import Reminder, Task
from tasks_app.queries.reminders import Firing
from tasks_app.values.rows import PRIORITY_NAMES


class DescribedTask(Protocol):
    """What the sentence says of a task."""

    @property
    def title(self) -> str: ...
    @property
    def due_date(self) -> date | None: ...
    @property
    def due_time(self) -> time | None: ...
    @property
    def due_instant(self) -> datetime | None: ...


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@dataclass(frozen=True, slots=True)
class Notice:
    """That a firing is planned, or, with a reason, that a planned one will not happen."""

    reminder: Reminder
    remind_at: datetime
    reason: str | None = None

    def payload(self, task: Task) -> PrintedPayload:
        """Return the event, in the words of the task as it is now; the reminder has its number."""
        facts = _facts(task, self.reminder, remind_at=self.remind_at)
        if self.reason is None:
            return _print(ReminderScheduled, task.pk, facts)
        return _print(ReminderCancelled, task.pk, {**facts, "reason": self.reason})


def due(firing: Firing, *, late: bool, told_at: datetime) -> PrintedPayload:
    """Say that a planned firing's instant has come; `told_at` is when it is said.

    Printed here, since thousands may be due at one instant: the columns have what the contract demands.
    """
    return _print_firing(ReminderDue, firing, late=late, told_at=told_at)


def same_instant(firing: Firing) -> PrintedPayload:
    """Say that a planned firing will not happen, since another of its task fired at the same instant."""
    reason = Reminder.Reason.SAME_INSTANT.value
    return _print_firing(ReminderCancelled, firing, late=False, told_at=firing.fire_at, reason=reason)


def _print_firing(
    kind: type[ReminderDue | ReminderCancelled], firing: Firing, *, late: bool, told_at: datetime, **more: str
) -> PrintedPayload:
    facts = {
        "reminder_id": firing.id,
        "firing": firing.firing,
        "task_id": firing.task_id,
        "title": firing.title,
        "priority": PRIORITY_NAMES[firing.priority],
        "due_at": None if firing.due_time is None else firing.due_instant,
        "remind_at": firing.fire_at,
        "message": message(firing, told_at=told_at),
        "late": late,
        **more,
    }
    return _print(kind, firing.task_id, facts)


def _print(kind: type[Payload], task_id: int, facts: dict[str, Any]) -> PrintedPayload:
    return PrintedPayload(kind, task_id, orjson.dumps(facts, option=orjson.OPT_UTC_Z).decode())


def message(task: DescribedTask, *, told_at: datetime) -> str:
    """Return the sentence that a person reads at `told_at`: "Task 'Buy milk' is due in 30 minutes"."""
    return f"Task '{task.title}' {_relation(task, told_at)}"


def _facts(task: Task, reminder: Reminder, *, remind_at: datetime) -> dict[str, Any]:
    return {
        "reminder_id": reminder.pk,
        "firing": reminder.firing,
        "task_id": task.pk,
        "title": task.title,
        "priority": PRIORITY_NAMES[task.priority],
        "due_at": None if task.due_time is None else task.due_instant,
        "remind_at": remind_at,
        "message": message(task, told_at=remind_at),
        "late": reminder.late,
    }


def _relation(task: DescribedTask, told_at: datetime) -> str:
    if task.due_date is None or task.due_instant is None:
        return "has a reminder"
    if task.due_time is None:
        return f"is due on {task.due_date.isoformat()}"
    ahead = task.due_instant - told_at
    if ahead < -timedelta(seconds=30):
        return f"was due {_length(-ahead)} ago"
    return f"is due in {_length(ahead)}" if ahead >= timedelta(seconds=30) else "is due now"


def _length(span: timedelta) -> str:
    """Return a span to the minute in its two largest units."""
    seconds = max(60, round(span.total_seconds() / 60) * 60)
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])
