"""Taking back one change of a task, from what its event says was before."""

from datetime import datetime
from functools import partial
from typing import Final

from accounts_app.models import User
from events_app.contracts import RecordedEvent
from tasks_app.editing.change import Change, Undoing, changing
from tasks_app.editing.draft import Draft, draft_of, save
from tasks_app.errors import ChangedSince, SeriesChanged, VersionMismatch
from tasks_app.models import SeriesChange, Task
from tasks_app.operations.series.departures import remove_from_series
from tasks_app.operations.series.missed import complete_missed
from tasks_app.operations.series.succession import ensure_successor
from tasks_app.operations.tasks import change_task, open_task, remove_task
from tasks_app.operations.trash.restore import rejoin_series
from tasks_app.operations.trash.trash import return_from_trash
from tasks_app.operations.undo.past_changes import PastChanges, version_made_by
from tasks_app.operations.undo.series import put_exclusion, put_follows, revert_series
from tasks_app.operations.undo.series_states import changes_series, series_state_of, stored_change
from tasks_app.operations.undo.task_states import PastChange, past_of, restore_relations
from tasks_app.queries.tasks import FullTask, known_task
from tasks_app.values.fields import Scope

_OF_SERIES: Final = frozenset({"recurrence", "series_id", "occurrence"})


def undo_change(
    task_id: int,
    *,
    by: User,
    at: datetime,
    version: int | None = None,
    versions: frozenset[int] | None = None,
) -> FullTask | None:
    """Take back one change of a task; return the task, None if it is in the trash now.

    The change is the one that made `version`; by default the last of the caller's and their agents' that is in force,
    so that doing it again goes a step further back. It is a change like any other, with its event, which names what it
    undoes: undoing that version does the change again. Undoing a creation trashes the task, undoing a deletion
    restores it, undoing a completion reopens it, each with the rules of series. What it changed of the series goes back
    along with it: rule, template, end, the task's place. Raises TaskNotFound, VersionMismatch, and CannotUndo:
    NothingToUndo where others made the change, or the log tells no more; ChangedSince where later work stands on it;
    SeriesChanged where the series or what follows is not as it was left. Raises TooManyWrites when much history had to
    be read for it.
    """
    with changing(by, at=at) as change:
        return undo_one(change, task_id, version=version, versions=versions)


def undo_one(
    change: Change, task_id: int, *, version: int | None = None, versions: frozenset[int] | None = None
) -> Draft | None:
    """As `undo_change`, inside `changing`."""
    task = known_task(change.owner_id, task_id, missed_too=True)
    if versions is not None and task.version not in versions:
        raise VersionMismatch(task.version)
    change.flush()
    past = PastChanges(change.owner_id, task)
    event = past.last_in_force() if version is None else past.that_made(version)
    undone = version_made_by(event)
    change.undoing[task.pk] = Undoing(undone, leaves_untouched=not past.has_work_besides(undone))
    try:
        draft = _take_back(change, task, event)
        if task.pk in change.undoing:
            raise ChangedSince(f"Nothing is left of what version {undone} changed.")
    finally:
        change.undoing.pop(task.pk, None)
    return draft


def _take_back(change: Change, task: Task, event: RecordedEvent) -> Draft | None:
    if task.is_missed:
        return _do_again(change, task, event)
    if event.type == "task.deleted":
        return _undelete(change, task)
    if not task.is_live:
        raise ChangedSince("The task is in the trash; take its deletion back first.")
    draft = open_task(change, task.pk)
    if event.type == "task.created":
        _take_away(change, draft, event)
        return None
    _revert(change, draft, event)
    return draft


def _do_again(change: Change, task: Task, event: RecordedEvent) -> Draft:
    """Take back that a missed occurrence, done after all, was reopened."""
    if version_made_by(event) != task.version:
        raise ChangedSince("The occurrence has been missed since.")
    draft = draft_of(task)
    complete_missed(change, draft)
    return draft


def _undelete(change: Change, task: Task) -> Draft:
    if task.is_live:
        raise ChangedSince("The task is out of the trash again.")
    return return_from_trash(change, task)


def _take_away(change: Change, draft: Draft, event: RecordedEvent) -> None:
    """Trash a task that was made, or brought back: with the series that came to be, or ran again, along with it."""
    task, version = draft.task, version_made_by(event)
    kept = stored_change(task, version=version)
    series_too = version == 1 if kept is None else changes_series(kept)
    recurs = task.recurrence is not None and task.series_id is not None
    remove_task(change, draft, scope=Scope.ALL if recurs and series_too else None)
    if kept is not None:
        put_exclusion(kept.before["place"])


def _revert(change: Change, draft: Draft, event: RecordedEvent) -> None:
    past = past_of(change, event)
    if names := past.names_changed_since(draft):
        raise ChangedSince(
            f"What version {past.version} changed has changed again since: {', '.join(names)}."
        )
    kept = stored_change(draft.task, version=past.version) if _may_have_kept(draft, past) else None
    if "series_id" in past.names and (kept is None or not changes_series(kept)):
        _change_place(change, draft, past, kept)
    elif kept is not None:
        _revert_with_series(change, draft, past, kept)
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


def _change_place(change: Change, draft: Draft, past: PastChange, kept: SeriesChange | None) -> None:
    """Take a task that left its series back there, or one that an undo took back out of it again."""
    back_in = past.before["series_id"]
    draft.series_before = series_state_of(draft.task, also=[] if back_in is None else [str(back_in)])
    if back_in is None:
        remove_from_series(change, draft)
    elif not rejoin_series(change, draft, past.before):
        raise SeriesChanged(
            "The series has gone on without it: the next occurrence was changed, or it ended."
        )
    elif kept is not None:
        put_follows(draft.task, kept.before["place"])
    save(change, draft)


def _put_back(change: Change, draft: Draft, past: PastChange) -> None:
    also = partial(restore_relations, change, draft, past)
    change_task(change, draft, past.fields(), scope=None, also=also)
