"""The events of reminders, with the sentence that a person reads."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Protocol

import orjson

from events_app.contracts import Payload, PrintedPayload, ReminderCancelled, ReminderDue, ReminderScheduled
from tasks_app.models import Reminder, Task
from tasks_app.queries.reminders import Firing
from tasks_app.values.rows import PRIORITY_NAMES


class DescribedTask(Protocol):
    """The columns of a task that the sentence needs."""

    @property
    def title(self) -> str: ...
    @property
    def due_date(self) -> date | None: ...
    @property
    def due_time(self) -> time | None: ...
    @property
    def due_instant(self) -> datetime | None: ...


_UNITS = (("day", 1_440), ("hour", 60), ("minute", 1))


@dataclass(frozen=True, slots=True)
class Notice:
    """A firing was planned, or, with a reason, a planned firing was cancelled."""

    reminder: Reminder
    remind_at: datetime
    reason: str | None = None

    def payload(self, task: Task) -> PrintedPayload:
        """Return the event, with the title and due that the task has now. The reminder must have its id."""
        facts = _facts(task, self.reminder, remind_at=self.remind_at)
        if self.reason is None:
            return _print(ReminderScheduled, task.pk, facts)
        return _print(ReminderCancelled, task.pk, {**facts, "reason": self.reason})


def due(firing: Firing, *, late: bool, read_at: datetime) -> PrintedPayload:
    """Return the event that a firing's instant has come; its sentence is true at `read_at`.

    The event is printed without building its model, since thousands may be due at one instant.
    """
    return _print_firing(ReminderDue, firing, late=late, read_at=read_at)


def same_instant(firing: Firing) -> PrintedPayload:
    """Return the event that a firing is cancelled because another reminder of its task fires at the same instant."""
    reason = Reminder.Reason.SAME_INSTANT.value
    return _print_firing(ReminderCancelled, firing, late=False, read_at=firing.fire_at, reason=reason)


def _print_firing(
    kind: type[ReminderDue | ReminderCancelled], firing: Firing, *, late: bool, read_at: datetime, **more: str
) -> PrintedPayload:
    facts = {
        "reminder_id": firing.id,
        "firing": firing.firing,
        "task_id": firing.task_id,
        "title": firing.title,
        "priority": PRIORITY_NAMES[firing.priority],
        "due_at": None if firing.due_time is None else firing.due_instant,
        "remind_at": firing.fire_at,
        "message": message(firing, read_at=read_at),
        "late": late,
        **more,
    }
    return _print(kind, firing.task_id, facts)


def _print(kind: type[Payload], task_id: int, facts: dict[str, Any]) -> PrintedPayload:
    return PrintedPayload(kind, task_id, orjson.dumps(facts, option=orjson.OPT_UTC_Z).decode())


def message(task: DescribedTask, *, read_at: datetime) -> str:
    """Return the sentence that a person reads at `read_at`: "Task 'Buy milk' is due in 30 minutes"."""
    return f"Task '{task.title}' {_due_words(task, read_at)}"


def _facts(task: Task, reminder: Reminder, *, remind_at: datetime) -> dict[str, Any]:
    return {
        "reminder_id": reminder.pk,
        "firing": reminder.firing,
        "task_id": task.pk,
        "title": task.title,
        "priority": PRIORITY_NAMES[task.priority],
        "due_at": None if task.due_time is None else task.due_instant,
        "remind_at": remind_at,
        "message": message(task, read_at=remind_at),
        "late": reminder.late,
    }


def _due_words(task: DescribedTask, read_at: datetime) -> str:
    if task.due_date is None or task.due_instant is None:
        return "has a reminder"
    if task.due_time is None:
        return f"is due on {task.due_date.isoformat()}"
    ahead = task.due_instant - read_at
    if ahead < -timedelta(seconds=30):
        return f"was due {_span_words(_minutes(-ahead))} ago"
    return f"is due in {_span_words(_minutes(ahead))}" if ahead >= timedelta(seconds=30) else "is due now"


def _minutes(span: timedelta) -> int:
    return max(1, round(span.total_seconds() / 60))


@lru_cache(maxsize=1024)
def _span_words(minutes: int) -> str:
    """Return a span in its two largest units: "1 day 2 hours"."""
    parts, rest = [], minutes
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])
