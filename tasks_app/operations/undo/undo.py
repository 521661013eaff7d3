"""Taking back the caller's last change of a task, from what its event says was before."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from accounts_app.models import User
from events_app.contracts import RecordedEvent
from events_app.log.history import last_events_of_task
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, draft_of, save
from tasks_app.errors import ChangedSince, NothingToUndo, SeriesChanged, VersionMismatch
from tasks_app.models import SeriesChange, Task
from tasks_app.operations.series.departures import remove_from_series
from tasks_app.operations.series.missed import complete_missed
from tasks_app.operations.series.succession import ensure_successor
from tasks_app.operations.tasks import change_task, open_task, remove_task
from tasks_app.operations.trash.restore import rejoin_series
from tasks_app.operations.trash.trash import return_from_trash
from tasks_app.operations.undo.series import refuse_shared, revert_series
from tasks_app.operations.undo.series_states import CHANGES_BACK, series_state_of, stored_change
from tasks_app.operations.undo.task_states import PastChange, past_of, restore_relations
from tasks_app.queries.tasks import FullTask, known_task
from tasks_app.values.fields import Scope

TYPES: Final = ("task.created", "task.updated", "task.completed", "task.deleted")
# How far back in the user's history a change is looked for.
REACH: Final = 10_000
_OF_SERIES: Final = frozenset({"recurrence", "series_id", "occurrence"})


def undo_last_change(
    task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None
) -> FullTask | None:
    """Take back the caller's last change of a task; return the task, None if it is in the trash now.

    A change like any other, with its event: done twice it does again what was undone. Undoing a creation
    trashes the task, undoing a deletion restores it, undoing a completion reopens it, each with the rules of
    series. What it changed of the series goes back along with it: rule, template, end, the task's place. Raises
    TaskNotFound, VersionMismatch, and CannotUndo: NothingToUndo where others made or deleted the task, or the
    log tells no more; ChangedSince; SeriesChanged where the series or what follows is not as it was left.
    """
    with changing(by, at=at) as change:
        task = known_task(change.owner_id, task_id, missed_too=True)
        if versions is not None and task.version not in versions:
            raise VersionMismatch
        event = _last_change_of_owner(change, task)
        if task.is_missed:
            return _do_again(change, task)
        if event.type == "task.deleted":
            return _undelete(change, task, event)
        draft = open_task(change, task_id)
        if event.type == "task.created":
            remove_task(change, draft, scope=_scope_of_creation(task, event))
            return None
        _revert(change, draft, event)
        return draft


def _last_change_of_owner(change: Change, task: Task) -> RecordedEvent:
    """Return the event to take back, passing over what the platform alone changed since."""
    owner = str(change.owner_id)
    for event in last_events_of_task(change.owner_id, task.pk, types=TYPES, limit=CHANGES_BACK, reach=REACH):
        is_own = (event.actor.type, event.actor.id) == ("user", owner)
        # The rule's own work is nobody's change, whoever was the first to ask for it.
        if is_own and _version_of(event) != task.rule_version:
            return event
        if is_own or event.type != "task.updated":
            break
    raise NothingToUndo


def _do_again(change: Change, task: Task) -> Draft:
    """Take back that a missed occurrence, done after all, was reopened."""
    draft = draft_of(task)
    complete_missed(change, draft)
    return draft


def _undelete(change: Change, task: Task, event: RecordedEvent) -> Draft:
    kept = stored_change(task, version=_version_of(event))
    if kept is not None:
        refuse_shared(kept)
    return return_from_trash(change, task, revives=True)


def _scope_of_creation(task: Task, event: RecordedEvent) -> Scope | None:
    """Making a recurring task began its series; bringing one back gave it its place, and may have its series."""
    if task.recurrence is None or task.series_id is None:
        return None
    version = _version_of(event)
    if version == 1:
        return Scope.ALL
    kept = stored_change(task, version=version)
    return Scope.THIS if kept is None else Scope.FUTURE


def _version_of(event: RecordedEvent) -> int:
    row: Any = event.data["task"]
    return int(row["version"])


def _revert(change: Change, draft: Draft, event: RecordedEvent) -> None:
    past = past_of(change, event)
    if not past.still_holds(draft):
        raise ChangedSince
    kept = stored_change(draft.task, version=past.version) if _may_have_kept(draft, past) else None
    if kept is not None:
        _revert_with_series(change, draft, past, kept)
    elif "series_id" in past.names:
        _change_place(change, draft, past)
    elif _OF_SERIES & past.names:
        raise SeriesChanged
    else:
        _put_back(change, draft, past)


def _may_have_kept(draft: Draft, past: PastChange) -> bool:
    return draft.task.series_id is not None or bool(_OF_SERIES & past.names)


def _revert_with_series(change: Change, draft: Draft, past: PastChange, kept: SeriesChange) -> None:
    draft.series_before = series_state_of(draft.task, also=kept.after["series"])
    revert_series(change, draft, kept)
    _put_back(change, draft, past)
    ensure_successor(change, draft.task)


def _change_place(change: Change, draft: Draft, past: PastChange) -> None:
    """Take a task that left its series back there, or one that an undo took back out of it again."""
    if past.before["series_id"] is None:
        remove_from_series(change, draft)
    elif not rejoin_series(change, draft, past.before):
        raise SeriesChanged(
            "The series has gone on without it: the next occurrence was changed, or it ended."
        )
    save(change, draft)


def _put_back(change: Change, draft: Draft, past: PastChange) -> None:
    also = partial(restore_relations, change, draft, past)
    change_task(change, draft, past.fields(), scope=None, also=also)
