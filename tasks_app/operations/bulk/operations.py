"""One of many changes: what it is, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from accounts_app.operations.keyed_calls.named_operations import NamedOperation, OperationAnswer
from tasks_app.values.fields import Scope, TaskFields
from tasks_app.values.rows import Row

NO_FIELDS: Final = TaskFields()


class Verb(StrEnum):
    """What an operation does."""

    CREATE = "create"
    UPDATE = "update"
    COMPLETE = "complete"
    REOPEN = "reopen"
    DELETE = "delete"
    RESTORE = "restore"
    SKIP = "skip"
    DETACH = "detach"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change; `task_id` for all but creating, `fields` for creating and updating.

    `versions` are those of the task that the caller accepts, `undone_version` is what to undo. An operation with a
    `name` is done once; `answer` is what it was answered, where that is known already.
    """

    verb: Verb
    task_id: int = 0
    fields: TaskFields = NO_FIELDS
    scope: Scope | None = None
    versions: frozenset[int] | None = None
    undone_version: int | None = None
    name: NamedOperation | None = None
    answer: OperationAnswer | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an operation: the task's row, None for no task; whether it had been done before under its name.

    Of a task that is not there any more a repeated answer may have `id` and `version` alone.
    """

    row: Row | None
    is_repeated: bool = False
