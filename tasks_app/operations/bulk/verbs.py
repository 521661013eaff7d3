"""Carrying out one of many changes. Called inside `changing_many`."""

from collections.abc import Callable, Mapping
from typing import Final

from tasks_app.editing.change import Change
from tasks_app.operations.bulk.operations import Operation, Verb
from tasks_app.operations.completion import REOPENS
from tasks_app.operations.series.departures import detach_one, skip_one
from tasks_app.operations.tasks import COMPLETES, change_task, new_task, open_task, remove_task
from tasks_app.operations.trash.trash import restore_one
from tasks_app.operations.undo.undo import undo_one
from tasks_app.queries.tasks import FullTask
from tasks_app.values.fields import TaskFields

# What reads and writes more than a task that is loaded, and returns another one or none.
APART: Final = frozenset({Verb.RESTORE, Verb.SKIP, Verb.DETACH, Verb.UNDO})


def carry_out(change: Change, operation: Operation) -> FullTask | None:
    """Carry out one operation and return its task; None where that is in the trash then. Raises as the verb does."""
    return _VERBS[operation.verb](change, operation)


def _create(change: Change, operation: Operation) -> FullTask:
    change.task_quota.claim(change.log)
    return new_task(change, operation.fields)


def _update(change: Change, operation: Operation) -> FullTask:
    return _change(change, operation, operation.fields)


def _complete(change: Change, operation: Operation) -> FullTask:
    return _change(change, operation, COMPLETES)


def _reopen(change: Change, operation: Operation) -> FullTask:
    return _change(change, operation, REOPENS)


def _change(change: Change, operation: Operation, fields: TaskFields) -> FullTask:
    is_completion = fields == COMPLETES
    draft = open_task(change, operation.task_id, versions=operation.versions, missed_too=is_completion)
    change_task(change, draft, fields, scope=operation.scope)
    return draft


def _delete(change: Change, operation: Operation) -> None:
    draft = open_task(change, operation.task_id, versions=operation.versions)
    remove_task(change, draft, scope=operation.scope)


def _restore(change: Change, operation: Operation) -> FullTask:
    return restore_one(change, operation.task_id, versions=operation.versions)


def _skip(change: Change, operation: Operation) -> FullTask | None:
    return skip_one(change, operation.task_id, versions=operation.versions)


def _detach(change: Change, operation: Operation) -> FullTask:
    return detach_one(change, operation.task_id, versions=operation.versions)


def _undo(change: Change, operation: Operation) -> FullTask | None:
    return undo_one(change, operation.task_id, version=operation.undone_version, versions=operation.versions)


_VERBS: Final[Mapping[Verb, Callable[[Change, Operation], FullTask | None]]] = {
    Verb.CREATE: _create,
    Verb.UPDATE: _update,
    Verb.COMPLETE: _complete,
    Verb.REOPEN: _reopen,
    Verb.DELETE: _delete,
    Verb.RESTORE: _restore,
    Verb.SKIP: _skip,
    Verb.DETACH: _detach,
    Verb.UNDO: _undo,
}
