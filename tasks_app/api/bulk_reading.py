"""Operations of bulk calls: each becomes an Operation, or the reason why it cannot be one."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from accounts_app.models import User
from accounts_app.operations.keyed_calls.named_operations import (
    NamedOperation,
    OperationAnswer,
    find_operation_answers,
)
from foundation.http.error_bounds import MAX_ERRORS
from foundation.http.errors import DomainError
from foundation.http.fields import unknown_names
from tasks_app.api.bulk_serializers import MAX_VERSION, NAME_PATTERN, ChangedFieldsSerializer
from tasks_app.api.serializers import CurrentTask, TaskSerializer
from tasks_app.api.views import versions_in
from tasks_app.errors import TaskNotFound
from tasks_app.models import Task
from tasks_app.operations.bulk.once import refuse_other_content
from tasks_app.operations.bulk.operations import NO_FIELDS, Operation, Verb
from tasks_app.queries.tasks import known_tasks
from tasks_app.values.fields import Scope, TaskFields
from tasks_app.values.rows import Row

ALWAYS: Final = ("op", "client_request_id")
OF_VERB: Final[Mapping[Verb, tuple[str, ...]]] = {
    Verb.CREATE: ("fields",),
    Verb.UPDATE: ("id", "fields", "scope", "if_match"),
    Verb.DELETE: ("id", "scope", "if_match"),
    Verb.UNDO: ("id", "version", "if_match"),
    **dict.fromkeys((Verb.COMPLETE, Verb.REOPEN, Verb.RESTORE, Verb.SKIP, Verb.DETACH), ("id", "if_match")),
}
_NAMES: Final = frozenset(ALWAYS).union(*OF_VERB.values())
# They may bring back more than the task that they name.
_RETURNING: Final = (Verb.RESTORE, Verb.UNDO)
_NAME: Final = re.compile(NAME_PATTERN)
_VERBS: Final = {each.value: each for each in Verb}
_NOT_A_NAME: Final = "Write 1 to 64 letters, digits, dots, colons, hyphens or underscores."
_NOT_A_VERSION: Final = 'Write a version such as 3, or as in If-Match: "\\"3\\"" or "*".'
_VERSIONS: Final = re.compile(r'\*|[0-9]{1,10}|"[0-9]{1,10}"( *, *"[0-9]{1,10}"){0,99}')
Refusal = APIException | DomainError


class Reader:
    """Reads one caller's operations; fields that a client sends back are compared with what is there before."""

    def __init__(self, items: Sequence[object], *, by: User, at: datetime) -> None:
        self._tasks = _tasks_named(items, by)
        self._answers = _answers_known(items, by, now=at)
        self._returns = False
        self._at = at
        self._new = TaskSerializer(context={"week_start": by.week_start})
        texts = {"week_start": by.week_start, "current_recurrence": self._current_recurrence}
        self._changed = ChangedFieldsSerializer(partial=True, context=texts)

    def read_all(self, items: Sequence[object], *, is_atomic: bool) -> list[Operation | Refusal]:
        """Return what each item describes, in order; where one refusal refuses all, nothing after the 50th of them."""
        read: list[Operation | Refusal] = []
        refused = 0
        for item in items:
            read.append(self.read(item))
            refused += not isinstance(read[-1], Operation)
            if is_atomic and refused == MAX_ERRORS:
                break
        return read

    def read(self, item: object) -> Operation | Refusal:
        """Return the operation that an item describes, or why it describes none."""
        try:
            return self._operation(item)
        except (ValidationError, DomainError) as refusal:
            return refusal

    def _operation(self, item: object) -> Operation:
        if not isinstance(item, Mapping):
            raise _wrong("", "An operation is an object with op.", code="invalid_type")
        unknown = [name for name in item if name not in _NAMES]
        if unknown:
            raise ValidationError(unknown_names(unknown, _NAMES, what="field", code="unknown_field"))
        verb, name = _verb(item.get("op")), _name(item)
        if name is not None and (answer := self._answers.get(name.name)):
            # Done before: what it says may be impossible by now.
            refuse_other_content(answer.digest, name)
            return Operation(verb=verb, name=name, answer=answer)
        _refuse_names(item, verb)
        if verb is Verb.CREATE:
            return Operation(verb=verb, fields=self._fields(item, None), name=name)
        versions, scope, undone = _accepted(item), _scope(item), _version(item)
        task = self._task(item.get("id"), verb)
        current = CurrentTask(lambda: task, now=self._at)
        self._returns |= verb in _RETURNING
        return Operation(
            verb=verb,
            task_id=task.pk,
            fields=self._fields(item, current) if verb is Verb.UPDATE else NO_FIELDS,
            scope=scope,
            versions=versions,
            undone_version=undone,
            name=name,
        )

    def _task(self, number: object, verb: Verb) -> Task:
        if not isinstance(number, int) or isinstance(number, bool):
            raise _wrong("id", "Write the id of a task.", code="required" if number is None else "invalid")
        task = self._tasks.get(number)
        if task is None:
            raise TaskNotFound
        if not (task.is_live or task.is_missed or verb in _RETURNING or self._returns):
            raise TaskNotFound
        return task

    def _fields(self, item: Mapping[str, object], current: CurrentTask | None) -> TaskFields:
        if not isinstance(item.get("fields"), Mapping):
            code = "invalid_type" if "fields" in item else "required"
            raise _wrong("fields", "Write an object with fields of a task.", code=code)
        try:
            return (self._changed if current else self._new).read(item["fields"], current=current)
        except ValidationError as error:
            raise ValidationError({"fields": error.detail}) from None

    def _current_recurrence(self) -> Row | None:
        current = self._changed.instance
        return current.recurrence() if current else None


def _tasks_named(items: Sequence[object], by: User) -> dict[int, Task]:
    named = {item.get("id") for item in items if isinstance(item, Mapping) and _is_id(item.get("id"))}
    return known_tasks(by.pk).in_bulk(named) if named else {}


def _answers_known(items: Sequence[object], by: User, *, now: datetime) -> Mapping[str, OperationAnswer]:
    """Return by name what named operations were answered before; who is doing one right now is met under the lock."""
    named = [
        _named(item)
        for item in items
        if isinstance(item, Mapping) and _is_name(item.get("client_request_id"))
    ]
    return find_operation_answers(by.pk, named, now=now) if named else {}


def _named(item: Mapping[str, object]) -> NamedOperation:
    content = {name: value for name, value in item.items() if name != "client_request_id"}
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return NamedOperation(str(item["client_request_id"]), text)


def _is_id(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _verb(name: object) -> Verb:
    verb = _VERBS.get(name) if isinstance(name, str) else None
    if verb is None:
        code = "required" if name is None else "invalid_choice"
        raise _wrong("op", f"Write {', '.join(Verb)}.", code=code)
    return verb


def _name(item: Mapping[str, object]) -> NamedOperation | None:
    if "client_request_id" not in item:
        return None
    if not _is_name(item["client_request_id"]):
        raise _wrong("client_request_id", _NOT_A_NAME, code="invalid")
    return _named(item)


def _refuse_names(item: Mapping[str, object], verb: Verb) -> None:
    """Raise ValidationError for what other operations have and this one has not."""
    wrong = {name for name in item if name not in (*ALWAYS, *OF_VERB[verb])}
    if "id" in wrong:
        raise _wrong("id", "A new task has no id yet.", code="unknown_field")
    if wrong:
        raise ValidationError(
            {
                name: [ErrorDetail(f"To {verb} takes no {name}.", code="unknown_field")]
                for name in sorted(wrong)
            }
        )


def _accepted(item: Mapping[str, object]) -> frozenset[int] | None:
    """Return the versions that an operation accepts; None for any."""
    given = item.get("if_match", "*")
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MAX_VERSION:
        return frozenset({given})
    if not isinstance(given, str) or not _VERSIONS.fullmatch(given.strip()):
        raise _wrong("if_match", _NOT_A_VERSION, code="invalid")
    text = given.strip()
    return versions_in(f'"{text}"' if text.isdigit() else text)


def _scope(item: Mapping[str, object]) -> Scope | None:
    given = item.get("scope")
    if "scope" not in item:
        return None
    if not isinstance(given, str) or given not in set(Scope):
        raise _wrong("scope", "Write this, future or all.", code="invalid_choice")
    return Scope(given)


def _version(item: Mapping[str, object]) -> int | None:
    given = item.get("version")
    if "version" not in item:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= MAX_VERSION:
        raise _wrong("version", "Write the version that the change made, such as 3.", code="invalid")
    return given


def _wrong(field: str, detail: str, *, code: str) -> ValidationError:
    return ValidationError({field or "non_field_errors": [ErrorDetail(detail, code=code)]})
