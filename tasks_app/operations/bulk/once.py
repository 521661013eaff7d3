"""Operations that their client has named are carried out once: what those of the same name were answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from accounts_app.errors import KeyReused
from accounts_app.operations.keyed_calls.named_operations import (
    NamedOperation,
    OperationAnswer,
    find_operation_answers,
    store_operation_answers,
)
from foundation.http.errors import DomainError
from tasks_app.editing.change import Change
from tasks_app.operations.bulk.operations import Done, Operation
from tasks_app.queries.tasks import rows_by_id
from tasks_app.values.rows import Row

# Of a longer answer id and version are kept, and it is given again with the task as it is then.
MAX_ANSWER_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class DoneBefore:
    """What an operation of the same name was answered: its row, or the place in this call of the one that was done."""

    row: Row | None = None
    index: int | None = None


class OnceOnly:
    """The named operations of one transaction, under the lock of their owner's history."""

    def __init__(self, change: Change, operations: Sequence[Operation]) -> None:
        self._change = change
        named = [each.name for each in operations if each.name is not None and each.answer is None]
        self._answers: Mapping[str, OperationAnswer] = (
            find_operation_answers(change.owner_id, named, now=change.log.now) if named else {}
        )
        self._done: dict[str, tuple[int, NamedOperation]] = {}

    def find(self, operation: Operation) -> DoneBefore | None:
        """Return what an operation was answered before; None for one to be done. Raises KeyReused."""
        name = operation.name
        if name is None:
            return None
        if name.name in self._done:
            index, first = self._done[name.name]
            refuse_other_content(first.digest, name)
            return DoneBefore(index=index)
        answer = operation.answer or self._answers.get(name.name)
        if answer is None:
            return None
        refuse_other_content(answer.digest, name)
        return DoneBefore(self._row(answer))

    def note(self, index: int, operation: Operation) -> None:
        """Note that an operation, the one at a place of the call, has been done."""
        if operation.name is not None:
            self._done[operation.name.name] = index, operation.name

    def store(self, results: Sequence[Done | DomainError]) -> None:
        """Store what the operations that were done are answered. Raises TooManyKeys."""
        answered = [
            (name, _answer_of(name, result))
            for index, name in self._done.values()
            if isinstance(result := results[index], Done)
        ]
        if answered:
            store_operation_answers(self._change.owner_id, answered, now=self._change.log.now)

    def _row(self, answer: OperationAnswer) -> Row | None:
        row: Row | None = orjson.loads(answer.body)
        if row is None or not answer.is_short:
            return row
        return rows_by_id(self._change.owner_id, [row["id"]], now=self._change.at).get(row["id"], row)


def refuse_other_content(digest: str, name: NamedOperation) -> None:
    """Raise KeyReused where an operation of the same name had another content."""
    if digest != name.digest:
        raise KeyReused("This client_request_id named another operation within 24 hours; use a new one.")


def _answer_of(name: NamedOperation, done: Done) -> OperationAnswer:
    body = orjson.dumps(done.row)
    if done.row is None or len(body) <= MAX_ANSWER_BYTES:
        return OperationAnswer(name.digest, body.decode())
    short = {"id": done.row["id"], "version": done.row["version"]}
    return OperationAnswer(name.digest, orjson.dumps(short).decode(), is_short=True)
