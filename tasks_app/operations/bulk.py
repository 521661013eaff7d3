"""Many changes in one call: all of them or none, or each for itself."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction

from accounts_app.models import User
from foundation.database import sql
from foundation.database.row_writes import deletion
from foundation.http.errors import DomainError
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change, changing_many
from tasks_app.editing.draft import Draft, PendingSave, save_all
from tasks_app.models import Tag
from tasks_app.operations.completion import REOPENS
from tasks_app.operations.search_index import prepare_change
from tasks_app.operations.tags.links import Quota, load_tags
from tasks_app.operations.tasks import COMPLETES, change_task, new_task, open_task, remove_task
from tasks_app.values.fields import UNSET, TaskFields
from tasks_app.values.rows import Row
from tasks_app.values.tag_names import first_spellings

_ROWS_PER_TRANSACTION: Final = 500
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


class BulkOperationRefused(Exception):
    """One of the operations cannot be carried out, so none was."""

    def __init__(self, index: int, error: DomainError) -> None:
        self.index, self.error = index, error
        super().__init__(f"operation {index}: {error}")


def execute_all(operations: Sequence[Operation], *, by: User, at: datetime) -> list[Row | None]:
    """Carry out all operations in one transaction; return each task's row after it, None for one deleted.

    They take effect in order, each with the events that it would have alone. Raises OperationRefused for
    the first that is refused; then nothing was done.
    """
    words = prepare_change(by.pk, _texts_changed(operations))
    with changing_many(by, _named_task_ids(operations), at=at, words=words) as change:
        outcomes = _Batch(change, operations, is_atomic=True).execute()
    return [outcome for outcome in outcomes if not isinstance(outcome, DomainError)]


def execute_each(
    operations: Sequence[Operation], *, by: User, at: datetime
) -> list[Row | DomainError | None]:
    """Carry out what can be, at most 500 operations per transaction; return each one's row, None or refusal.

    A process that ends in between leaves whole transactions: the first so many operations.
    """
    outcomes: list[Row | DomainError | None] = []
    for start in range(0, len(operations), _ROWS_PER_TRANSACTION):
        part = operations[start : start + _ROWS_PER_TRANSACTION]
        words = prepare_change(by.pk, _texts_changed(part))
        with changing_many(by, _named_task_ids(part), at=at, words=words) as change:
            outcomes += _Batch(change, part, is_atomic=False).execute()
    return outcomes


def _named_task_ids(operations: Sequence[Operation]) -> set[int]:
    return {each.task_id for each in operations if each.task_id}


def _texts_changed(operations: Sequence[Operation]) -> list[tuple[int, TaskFields]]:
    return [(each.task_id, each.fields) for each in operations if each.verb in (Verb.CREATE, Verb.UPDATE)]


class _Batch:
    """Operations of one transaction, in order; most of them wait for the others, to be written together.

    Until it is written an operation changes nothing but its draft, so that one that is refused is simply left out.
    What reads and writes rows of a series has what waits written first, and goes by itself in a savepoint.
    """

    def __init__(self, change: Change, operations: Sequence[Operation], *, is_atomic: bool) -> None:
        self._change, self._operations, self._is_atomic = change, operations, is_atomic
        self._pending_saves: list[PendingSave] = []
        self._outcomes: list[Draft | DomainError | None] = []
        self._results: list[Row | DomainError | None] = []

    def execute(self) -> list[Row | DomainError | None]:
        """Return each one's row, None or refusal. Raises OperationRefused where it is all or nothing."""
        names = first_spellings(name for each in self._operations for name in _tags(each))
        made = load_tags(self._change, names, quota=Quota.LENIENT)
        for index, operation in enumerate(self._operations):
            try:
                self._outcomes.append(self._execute_operation(operation))
            except DomainError as error:
                if self._is_atomic:
                    raise BulkOperationRefused(index, error) from error
                self._outcomes.append(error)
        self._write()
        self._delete_new_tags(made)
        return self._results

    def _execute_operation(self, operation: Operation) -> Draft | None:
        if not self._can_wait(operation):
            self._write()
            return self._execute_isolated(operation)
        full = self._change.loaded.get(operation.task_id)
        draft = _execute(replace(self._change, pending_saves=self._pending_saves), operation)
        if full is not None and full.task.series_id is not None:
            self._change.series_in_order.discard(full.task.series_id)
        return draft

    def _can_wait(self, operation: Operation) -> bool:
        """Whether nothing but the task itself is read and written."""
        recurs = isinstance(operation.fields.recurrence, rec.Recurrence)
        if operation.verb is Verb.CREATE:
            return not (recurs and operation.fields.completed is True)
        full = self._change.loaded.get(operation.task_id)
        if full is None:
            return False
        if full.task.series_id is None:
            return not (recurs and full.task.completed_at is not None)
        return full.task.series_id in self._change.series_in_order and _stays_in_series(operation)

    def _execute_isolated(self, operation: Operation) -> Draft | None:
        events = self._change.payloads or []
        before = len(events)
        try:
            with nullcontext() if self._is_atomic else transaction.atomic():
                return _execute(self._change, operation)
        except DomainError:
            del events[before:]
            raise
        finally:
            self._forget_series()

    def _forget_series(self) -> None:
        """Have occurrences read again: one that was changed may have changed others."""
        self._change.series_in_order.clear()
        for task_id in [pk for pk, full in self._change.loaded.items() if full.task.series_id is not None]:
            del self._change.loaded[task_id]

    def _write(self) -> None:
        """Write what waits, and take down how the tasks look now: the next operation may change one again."""
        save_all(self._change, self._pending_saves)
        self._pending_saves.clear()
        for outcome in self._outcomes[len(self._results) :]:
            shown = outcome.row(now=self._change.at) if isinstance(outcome, Draft) else outcome
            self._results.append(shown)

    def _delete_new_tags(self, made: Sequence[Tag]) -> None:
        """Take away the tags that only refused operations asked for."""
        carried_out = zip(self._operations, self._outcomes, strict=True)
        names = [
            name for each, what in carried_out if not isinstance(what, DomainError) for name in _tags(each)
        ]
        used = first_spellings(names)
        if unused := [tag.pk for tag in made if tag.key not in used]:
            sql.execute(*deletion(Tag, "id", unused))


def _tags(operation: Operation) -> Sequence[str]:
    return () if operation.fields.tags is UNSET else operation.fields.tags


def _stays_in_series(operation: Operation) -> bool:
    """Whether an operation leaves the series of an occurrence, and its other occurrences, as they are."""
    if operation.verb is Verb.UPDATE:
        return operation.fields.recurrence is UNSET and operation.fields.completed is not False
    return operation.verb is Verb.COMPLETE


def _execute(change: Change, operation: Operation) -> Draft | None:
    if operation.verb is Verb.CREATE:
        change.task_quota.claim(change.log)
        return new_task(change, operation.fields)
    draft = open_task(change, operation.task_id, missed_too=operation.verb is Verb.COMPLETE)
    if operation.verb is Verb.DELETE:
        remove_task(change, draft, scope=None)
        return None
    change_task(change, draft, _FIELDS.get(operation.verb, operation.fields), scope=None)
    return draft


_FIELDS = {Verb.COMPLETE: COMPLETES, Verb.REOPEN: REOPENS}
