"""Short words for what the tests of this app do all the time."""

from datetime import UTC, date, datetime
from typing import Any

from accounts_app.models import User
from events_app.consumers.kernel import advance
from events_app.contracts import RecordedEvent, stream_key
from events_app.log.history import events_between, head_of
from tasks_app import recurrence as rec
from tasks_app.models import Task
from tasks_app.operations.tasks import create_task
from tasks_app.values.fields import AtInstant, AtWall, OnDay, ReminderInput, TaskFields
from tasks_app.values.moments import read_moment

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A time as it is written: an aware instant, or without offset a wall time."""
    return datetime.fromisoformat(text)


def when(text: str) -> AtInstant | AtWall | OnDay:
    """A due as somebody writes it."""
    read = read_moment(text)
    assert read is not None
    return read


def offset(text: str) -> ReminderInput:
    """A relative reminder."""
    return ReminderInput(offset=rec.parse_offset(text))


def make_task(user: User, title: str = "Water plants", *, now: datetime = NEW_YEAR, **fields: Any) -> Task:
    """Create a task; `due` and `recurrence` as text, `reminders` as offsets."""
    if isinstance(fields.get("due"), str):
        fields["due"] = when(fields["due"])
    if "recurrence" in fields:
        fields["recurrence"] = rec.parse_recurrence(fields["recurrence"])
    if "reminders" in fields:
        fields["reminders"] = tuple(offset(text) for text in fields["reminders"])
    return create_task(TaskFields(title=title, **fields), by=user, at=now).task


def history(user: User, after: int = 0) -> list[RecordedEvent]:
    """The user's events after a sequence number."""
    return events_between(user.pk, after=after, to=head_of(user.pk))


def kinds(user: User, after: int = 0) -> list[str]:
    """The types of the user's events after a sequence number."""
    return [event.type for event in history(user, after)]


def consume(user: User, consumer: str = "recurrence") -> None:
    """Have the kernel bring a consumer up to date with the user's history."""
    advance(consumer, {stream_key(user.pk): head_of(user.pk)})


def live(user: User) -> list[Task]:
    """The user's live tasks, oldest first."""
    return list(Task.objects.filter(owner=user, deleted_at=None).order_by("id"))


def slots(user: User) -> list[str | None]:
    """The occurrences of the user's live tasks, oldest first."""
    return [task.occurrence for task in live(user)]


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)
