"""All of many changes in one transaction or none, or each for itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from accounts_app.models import User
from accounts_app.operations.keyed_calls.named_operations import check_room_for_answers
from foundation.http.errors import DomainError
from tasks_app.editing.change import changing_many
from tasks_app.operations.bulk.batch import Batch
from tasks_app.operations.bulk.operations import Done, Operation, Verb
from tasks_app.operations.search_index import prepare_change
from tasks_app.values.fields import TaskFields

_ROWS_PER_TRANSACTION: Final = 500


def execute_all(operations: Sequence[Operation], *, by: User, at: datetime) -> list[Done]:
    """Carry out all operations in one transaction; return what came of each.

    They take effect in order, each with the events that it would have alone. Raises BulkOperationRefused for
    the first that is refused; then nothing was done.
    """
    words = prepare_change(by.pk, _texts_changed(operations))
    with changing_many(by, _named_task_ids(operations), at=at, words=words) as change:
        outcomes = Batch(change, operations, is_atomic=True).execute()
    return [outcome for outcome in outcomes if isinstance(outcome, Done)]


def execute_each(operations: Sequence[Operation], *, by: User, at: datetime) -> list[Done | DomainError]:
    """Carry out what can be, at most 500 operations per transaction; return what came of each, or its refusal.

    A process that ends in between leaves whole transactions: the first so many operations. Raises TooManyKeys before
    anything is done. What refuses a later transaction as a whole is the refusal of each operation that is left.
    """
    outcomes: list[Done | DomainError] = []
    if len(operations) > _ROWS_PER_TRANSACTION:
        named = [each.name for each in operations if each.name and not each.answer]
        check_room_for_answers(by.pk, named, now=at)
    for start in range(0, len(operations), _ROWS_PER_TRANSACTION):
        part = operations[start : start + _ROWS_PER_TRANSACTION]
        words = prepare_change(by.pk, _texts_changed(part))
        try:
            with changing_many(by, _named_task_ids(part), at=at, words=words) as change:
                outcomes += Batch(change, part, is_atomic=False).execute()
        except DomainError as error:
            if not outcomes:
                raise
            return [*outcomes, *[error] * (len(operations) - start)]
    return outcomes


def _named_task_ids(operations: Sequence[Operation]) -> set[int]:
    return {each.task_id for each in operations if each.task_id and each.answer is None}


def _texts_changed(operations: Sequence[Operation]) -> list[tuple[int, TaskFields]]:
    return [(each.task_id, each.fields) for each in operations if each.verb in (Verb.CREATE, Verb.UPDATE)]
