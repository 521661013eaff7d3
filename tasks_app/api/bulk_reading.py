"""Bodies of bulk calls: each operation becomes an Operation, or the reason why it cannot be one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from accounts_app.models import User
from foundation.http.error_bounds import MAX_ERRORS, name_errors
from foundation.http.errors import DomainError
from foundation.http.serializers import UNKNOWN_FIELD, StrictSerializer
from tasks_app.api.inputs import FlagField, InputField
from tasks_app.api.serializers import CurrentTask, TaskSerializer
from tasks_app.errors import TaskNotFound
from tasks_app.models import Task
from tasks_app.operations.bulk import Operation, Verb
from tasks_app.queries.tasks import live_or_missed_tasks
from tasks_app.values.fields import TaskFields
from tasks_app.values.rows import Row

MAX_OPERATIONS: Final = 1000
_NAMES: Final = ("op", "id", "fields")
Refusal = APIException | DomainError


class OperationSerializer(serializers.Serializer[Any]):
    """One change: `id` for all but create, `fields` (as in POST and PATCH of a task) for create and update."""

    op = serializers.ChoiceField(choices=[str(each) for each in Verb])
    id = serializers.IntegerField(required=False)
    fields = TaskSerializer(required=False)  # type: ignore[assignment]


@extend_schema_field(OperationSerializer(many=True))
class OperationsField(InputField):
    default_error_messages = {
        "not_a_list": "Write a list of operations.",
        "too_many": f"At most {MAX_OPERATIONS} operations.",
        "too_many_characters": "At most {most:,} characters of titles, descriptions and tags in one call.",
    }

    def to_internal_value(self, data: object) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_OPERATIONS:
            self.fail("too_many")
        if sum(map(_characters, data)) > settings.BULK_TEXT_CHARACTERS:
            self.fail("too_many_characters", most=settings.BULK_TEXT_CHARACTERS)
        return data


class BulkSerializer(StrictSerializer[Any]):
    """Operations, and whether all or none of them shall be done."""

    operations = OperationsField()
    atomic = FlagField(required=False, default=True)


class Reader:
    """Reads one caller's operations; fields that a client sends back are compared with what is there before."""

    def __init__(self, items: Sequence[object], *, by: User, at: datetime) -> None:
        self._tasks = _tasks_named(items, by)
        self._at = at
        self._new = TaskSerializer(context={"week_start": by.week_start})
        texts = {"week_start": by.week_start, "current_recurrence": self._current_recurrence}
        self._changed = TaskSerializer(partial=True, context=texts)

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
        except (ValidationError, TaskNotFound) as refusal:
            return refusal

    def _operation(self, item: object) -> Operation:
        if not isinstance(item, Mapping):
            raise _wrong("", "An operation is an object with op.", code="invalid_type")
        unknown = [name for name in item if name not in _NAMES]
        if unknown:
            raise ValidationError(name_errors(unknown, UNKNOWN_FIELD))
        verb = _verb(item.get("op"))
        if verb is Verb.CREATE:
            if "id" in item:
                raise _wrong("id", "A new task has no id yet.", code="unknown_field")
            return Operation(verb=verb, fields=self._fields(item, None))
        task = self._task(item.get("id"))
        if verb is Verb.UPDATE:
            fields = self._fields(item, CurrentTask(lambda: task, now=self._at))
            return Operation(verb=verb, task_id=task.pk, fields=fields)
        if "fields" in item:
            raise _wrong("fields", f"To {verb} needs no fields.", code="unknown_field")
        return Operation(verb=verb, task_id=task.pk)

    def _task(self, number: object) -> Task:
        if not isinstance(number, int) or isinstance(number, bool):
            raise _wrong("id", "Write the id of a task.", code="required" if number is None else "invalid")
        if number not in self._tasks:
            raise TaskNotFound
        return self._tasks[number]

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


def _characters(item: object) -> int:
    """Return how long the texts are that an operation would write, whatever else is wrong with it."""
    fields = item.get("fields") if isinstance(item, Mapping) else None
    if not isinstance(fields, Mapping):
        return 0
    tags = fields.get("tags")
    texts = [fields.get("title"), fields.get("description"), *(tags if isinstance(tags, list) else ())]
    return sum(len(each) for each in texts if isinstance(each, str))


def _tasks_named(items: Sequence[object], by: User) -> dict[int, Task]:
    named = {item.get("id") for item in items if isinstance(item, Mapping) and _is_id(item.get("id"))}
    return live_or_missed_tasks(by.pk).in_bulk(named) if named else {}


def _is_id(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _verb(name: object) -> Verb:
    if not isinstance(name, str) or name not in set(Verb):
        code = "required" if name is None else "invalid_choice"
        raise _wrong("op", f"Write {', '.join(Verb)}.", code=code)
    return Verb(name)


def _wrong(field: str, detail: str, *, code: str) -> ValidationError:
    return ValidationError({field or "non_field_errors": [ErrorDetail(detail, code=code)]})
