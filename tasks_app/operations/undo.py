"""Taking back the caller's last change of a task, from what its event says was before."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from accounts_app.models import User
from events_app.contracts import RecordedEvent
from events_app.queries import last_events_of_task
from tasks_app.errors import ChangedSince, NothingToUndo, SeriesChanged, VersionMismatch
from tasks_app.fields import AtInstant, OnDay, Scope, TaskFields, When
from tasks_app.models import Priority, Reminder, Task
from tasks_app.moments import read_moment
from tasks_app.operations.changes import Change, Draft, changing
from tasks_app.operations.planning import instant_of, plan, take_off
from tasks_app.operations.tasks import change_task, open_task, remove_task
from tasks_app.operations.trash import bring_back
from tasks_app.queries.tasks import FullTask, known_task
from tasks_app.rows import Row

TYPES: Final = ("task.created", "task.updated", "task.completed", "task.deleted")
# How far back in the user's history, and past how many changes by others, a change is looked for.
REACH: Final = 10_000
OTHERS: Final = 20
_OF_SERIES: Final = frozenset({"recurrence", "series_id", "occurrence"})
_OF_DUE: Final = frozenset({"due_at", "due_date", "due_on", "time_zone", "floating"})
_PRIORITIES: Final = {str(each.label): each for each in Priority}


def undo_last_change(
    task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None
) -> FullTask | None:
    """Take back the caller's last change of a task; return the task, None if it is in the trash now.

    A change like any other, with its event: done twice it does again what was undone. Undoing a creation
    trashes the task, undoing a deletion restores it, undoing a completion reopens it, each with the rules of
    series. Raises TaskNotFound, VersionMismatch, and CannotUndo: NothingToUndo where others made or deleted
    the task, or the log tells no more; ChangedSince; SeriesChanged.
    """
    with changing(by, at=at) as change:
        task = known_task(change.owner_id, task_id)
        if versions is not None and task.version not in versions:
            raise VersionMismatch
        event = _last_change_of_owner(change, task)
        if event.type == "task.deleted":
            return bring_back(change, task, revives=True)
        draft = open_task(change, task_id)
        if event.type == "task.created":
            remove_task(change, draft, scope=_scope_of_creation(task, event))
            return None
        _revert(change, draft, event)
        return draft


def _last_change_of_owner(change: Change, task: Task) -> RecordedEvent:
    """Return the event to take back, passing over what the platform alone changed since."""
    owner = str(change.owner_id)
    for event in last_events_of_task(change.owner_id, task.pk, types=TYPES, limit=OTHERS, reach=REACH):
        row: Any = event.data["task"]
        is_own = (event.actor.type, event.actor.id) == ("user", owner)
        # The rule's own work is nobody's change, whoever was the first to ask for it.
        if is_own and row["version"] != task.rule_version:
            return event
        if is_own or event.type != "task.updated":
            break
    raise NothingToUndo


def _scope_of_creation(task: Task, event: RecordedEvent) -> Scope | None:
    """Making a recurring task began its series; restoring an occurrence only gave it its place again."""
    if task.recurrence is None or task.series_id is None:
        return None
    row: Any = event.data["task"]
    was_restored = row["version"] > 1
    took_its_place_back = Task.objects.filter(follows=task, withdrawn=True).exists()
    return Scope.THIS if was_restored and took_its_place_back else Scope.ALL


def _revert(change: Change, draft: Draft, event: RecordedEvent) -> None:
    data: Any = event.data
    names, after = set(data["changed_fields"]), data["task"]
    if names & _OF_SERIES or after["version"] == draft.task.shared_version:
        raise SeriesChanged
    if _told(draft.lasting_row(), names) != _told(after, names):
        raise ChangedSince
    before = {**after, **data["previous"]}
    also = partial(_put_back, change, draft, before=before, names=names)
    change_task(change, draft, _fields(before, names), scope=None, also=also)


def _told(row: Row, names: Collection[str]) -> Row:
    """Return what a change set, without what firing a reminder moves on."""
    told = {name: row[name] for name in names if name not in ("reminders", "reminder_at")}
    if "reminders" in names:
        told["reminders"] = [(each["id"], each["offset"], each["at"]) for each in row["reminders"]]
    return told


def _fields(row: Row, names: Collection[str]) -> TaskFields:
    """Return what a caller would send to have these fields as a row tells them."""
    given: dict[str, Any] = {
        name: row[name] for name in ("title", "description", "completed") if name in names
    }
    if "priority" in names:
        given["priority"] = _PRIORITIES[row["priority"]]
    if "tags" in names:
        given["tags"] = tuple(row["tags"])
    if _OF_DUE.intersection(names):
        given.update(due=_due(row), time_zone=row["time_zone"], floating=row["floating"])
    return TaskFields(**given)


def _due(row: Row) -> When | None:
    text = row["due_on"] or row["due_at"]
    due = read_moment(text) if text else None
    assert due is None or isinstance(due, AtInstant | OnDay)  # noqa: S101 - rows tell instants or dates
    return due


def _put_back(change: Change, draft: Draft, *, before: Row, names: Collection[str]) -> None:
    """Put back what no caller could send: reminders under their own ids, the moment of completion."""
    if "reminders" in names:
        _put_reminders(change, draft, before["reminders"])
    if "completed_at" in names and before["completed_at"] is not None:
        draft.task.completed_at = datetime.fromisoformat(before["completed_at"])


def _put_reminders(change: Change, draft: Draft, rows: Sequence[Row]) -> None:
    wanted = {row["id"]: row for row in rows}
    for reminder in [each for each in draft.reminders if each.pk not in wanted]:
        take_off(draft, reminder)
    on_task = {each.pk: each for each in draft.reminders}
    for reminder in Reminder.objects.filter(task=draft.task, pk__in=wanted).order_by("pk"):
        _put_reminder(change, draft, on_task.get(reminder.pk, reminder), wanted[reminder.pk])
    draft.reminders.sort(key=lambda each: each.pk)


def _put_reminder(change: Change, draft: Draft, reminder: Reminder, row: Row) -> None:
    reminder.offset, reminder.removed = row["offset"], False
    reminder.at = datetime.fromisoformat(row["at"]) if row["at"] else None
    reminder.snoozed_until = None
    if row["status"] == "pending" and row["fire_at"]:
        fired_at = datetime.fromisoformat(row["fire_at"])
        natural = instant_of(draft.task, reminder, change.zone)
        reminder.snoozed_until = fired_at if fired_at != natural else None
    if all(each is not reminder for each in draft.reminders):
        draft.reminders.append(reminder)
    draft.touch(reminder)
    plan(change, draft, reminder, catches_up=False)
