"""The HTTP vocabulary that every app shares: domain errors and strict request bodies.

DomainError            status, code, detail, errors; the API answers it as problem+json
  └ each app's errors  `class TaskNotFound(DomainError): status = 404; code = "not_found"; detail = "…"`
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

Instance = TypeVar("Instance")
UNKNOWN_FIELD = ErrorDetail("This field is not known here.", code="unknown_field")
READ_ONLY = ErrorDetail("This field can not be set.", code="read_only")


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field; `field` is a path such as `reminders[0].offset`."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of the domain was not met; nothing was changed.

    A subclass states the fact: its name, `status`, `code` and `detail` (a sentence that is safe to show).
    Raise it with another detail, with the `field` that is at fault, or with all `errors` at once;
    `retry_after_seconds` becomes the Retry-After header.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    detail: str = "The request can not be carried out."

    def __init__(
        self,
        detail: str = "",
        *,
        field: str = "",
        errors: Collection[FieldProblem] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        self.detail = detail or self.detail
        own = (FieldProblem(field, self.code, self.detail),) if field else ()
        self.errors = (*own, *errors)
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)


class StrictSerializer(serializers.Serializer[Instance]):
    """A serializer that refuses what it would ignore.

    An unknown field is an error of its own. A read-only one is refused unless an instance is being changed
    and the value is what `current_values()` says it is, so that a client may send back what it was given.
    `also_read_only` names output fields that the serializer does not declare.
    """

    also_read_only: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        errors = self._refused(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            details = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
            raise ValidationError({**errors, **details}) from None
        if errors:
            raise ValidationError(errors)
        return value

    def current_values(self) -> Mapping[str, Any]:
        """Return the instance as the API answers it; override when another function renders it."""
        return self.to_representation(self.instance)  # type: ignore[arg-type]

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        fixed = {name for name, field in self.fields.items() if field.read_only} | self.also_read_only
        unknown = [name for name in data if name not in self.fields and name not in fixed]
        changed = self._changed({name: data[name] for name in data if name in fixed})
        return {**{name: [UNKNOWN_FIELD] for name in unknown}, **{name: [READ_ONLY] for name in changed}}

    def _changed(self, given: Mapping[str, Any]) -> list[str]:
        if not given or self.instance is None:
            return list(given)
        current = self.current_values()
        return [name for name, value in given.items() if not _same(value, current.get(name))]


def _same(given: object, current: object) -> bool:
    return given == current and isinstance(given, bool) == isinstance(current, bool)
