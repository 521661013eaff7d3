"""Many changes in one call: all of them or none, or each for itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Final

from django.db import transaction

from accounts_app.models import User
from events_app.http import DomainError
from tasks_app.fields import TaskFields
from tasks_app.operations.changes import Change, changing_many
from tasks_app.operations.tasks import change_task, new_task, new_tasks, open_task, remove_task
from tasks_app.rows import Row

ROWS_PER_TRANSACTION: Final = 500
NO_FIELDS: Final = TaskFields()


class Verb(StrEnum):
    """What an operation does."""

    CREATE = "create"
    UPDATE = "update"
    COMPLETE = "complete"
    REOPEN = "reopen"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change; `task_id` for all but creating, `fields` for creating and updating."""

    verb: Verb
    task_id: int = 0
    fields: TaskFields = NO_FIELDS


class OperationRefused(Exception):
    """One of the operations can not be carried out, so none was."""

    def __init__(self, index: int, error: DomainError) -> None:
        self.index, self.error = index, error
        super().__init__(f"operation {index}: {error}")


def carry_out_all(operations: Sequence[Operation], *, by: User, at: datetime) -> list[Row | None]:
    """Carry out all operations in one transaction; return each task's row after it, None for one deleted.

    They take effect in order, each with the events that it would have alone. Raises OperationRefused for
    the first that is refused; then nothing was done.
    """
    with _many(operations, by=by, at=at) as change:
        rows: list[Row | None] = []
        for run in _runs(operations):
            rows += _together(change, run) or [
                _or_refuse(change, len(rows) + index, operation) for index, operation in enumerate(run)
            ]
        return rows


def carry_out_each(
    operations: Sequence[Operation], *, by: User, at: datetime
) -> list[Row | DomainError | None]:
    """Carry out what can be, at most 500 operations per transaction; return each one's row, None or refusal.

    A process that ends in between leaves whole transactions: the first so many operations.
    """
    outcomes: list[Row | DomainError | None] = []
    for start in range(0, len(operations), ROWS_PER_TRANSACTION):
        part = operations[start : start + ROWS_PER_TRANSACTION]
        with _many(part, by=by, at=at) as change:
            for run in _runs(part):
                outcomes += _together(change, run) or [_alone(change, operation) for operation in run]
    return outcomes


@contextmanager
def _many(operations: Sequence[Operation], *, by: User, at: datetime) -> Iterator[Change]:
    with changing_many(by, {each.task_id for each in operations if each.task_id}, at=at) as change:
        yield change


def _runs(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Yield the operations in order, in runs of those that create and those that do not."""
    for _, run in groupby(operations, key=lambda each: each.verb is Verb.CREATE):
        yield list(run)


def _together(change: Change, run: Sequence[Operation]) -> list[Row]:
    """Carry out a run of creations at once; return nothing if they are none, or one of them is refused."""
    if run[0].verb is not Verb.CREATE:
        return []
    waiting = len(change.gathered or ())
    try:
        with transaction.atomic():
            return [draft.row(now=change.at) for draft in new_tasks(change, [each.fields for each in run])]
    except DomainError:
        _forget(change, waiting)
        return []


def _forget(change: Change, waiting: int) -> None:
    """Be as before what was rolled back: without its events and the tags that it made."""
    del (change.gathered or [])[waiting:]
    change.tags.clear()


def _or_refuse(change: Change, index: int, operation: Operation) -> Row | None:
    try:
        return _carry_out(change, operation)
    except DomainError as error:
        raise OperationRefused(index, error) from error


def _alone(change: Change, operation: Operation) -> Row | DomainError | None:
    """Carry out one operation so that its refusal undoes it alone, the events that wait included."""
    waiting = len(change.gathered or ())
    try:
        with transaction.atomic():
            return _carry_out(change, operation)
    except DomainError as error:
        _forget(change, waiting)
        return error


def _carry_out(change: Change, operation: Operation) -> Row | None:
    if operation.verb is Verb.CREATE:
        return new_task(change, operation.fields).row(now=change.at)
    draft = open_task(change, operation.task_id)
    if operation.verb is Verb.DELETE:
        remove_task(change, draft, scope=None)
        return None
    change_task(change, draft, _FIELDS.get(operation.verb, operation.fields), scope=None)
    return draft.row(now=change.at)


_FIELDS = {Verb.COMPLETE: TaskFields(completed=True), Verb.REOPEN: TaskFields(completed=False)}
