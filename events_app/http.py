"""The HTTP vocabulary that every app shares: domain errors, strict bodies and queries.

DomainError            status, code, detail, errors; the API answers it as problem+json
  └ each app's errors  `class TaskNotFound(DomainError): status = 404; code = "not_found"; detail = "…"`
"""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.http import Http404, QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

if TYPE_CHECKING:  # the settings name this module, and importing views reads them
    from rest_framework.views import APIView

Instance = TypeVar("Instance")
UNKNOWN_FIELD = ErrorDetail("This field is not known here.", code="unknown_field")
UNKNOWN_PARAMETER = ErrorDetail("This query parameter is not known here.", code="unknown_parameter")
BAD_CHARACTER = ErrorDetail("Text may not hold NUL.", code="invalid_character")
MAX_ID_DIGITS = 18
READ_ONLY = ErrorDetail("This field can not be set.", code="read_only")
NOT_TEXT = ErrorDetail("Write a text.", code="invalid")


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


class KnownParameters(BasePermission):
    """Refuse query parameters that a view does not know, and text that no database takes.

    Known are `format`, the view's `query_parameters`, and for a list the filters of its `filterset_class` and
    what its paginator declares in `query_parameters`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        errors = dict(_wrong_parameters(request.query_params, known=known_parameters(view)))
        if errors:
            raise ValidationError(errors)
        if any(_is_beyond_ids(value) for value in view.kwargs.values()):
            raise Http404
        return True


def known_parameters(view: "APIView") -> frozenset[str]:
    """Return the names of the query parameters that this view reads for the request it serves."""
    known = {api_settings.URL_FORMAT_OVERRIDE, *getattr(view, "query_parameters", ())}
    if _is_list(view):
        filters = getattr(view, "filterset_class", None)
        known |= set(filters.base_filters if filters else ())
        known |= set(getattr(getattr(view, "paginator", None), "query_parameters", ()))
    return frozenset(name for name in known if name)


def _is_list(view: "APIView") -> bool:
    return (
        view.request.method in SAFE_METHODS and hasattr(view, "list") and not getattr(view, "detail", False)
    )


def _wrong_parameters(given: QueryDict, *, known: frozenset[str]) -> Iterator[tuple[str, list[ErrorDetail]]]:
    for name, values in given.lists():
        if name not in known:
            yield name, [UNKNOWN_PARAMETER]
        elif any("\0" in value for value in values):
            yield name, [BAD_CHARACTER]


def _is_beyond_ids(value: object) -> bool:
    return isinstance(value, str) and value.isdigit() and len(value) > MAX_ID_DIGITS


class StrictSerializer(serializers.Serializer[Instance]):
    """A serializer that refuses what it would ignore, or read as something else: a number is no text.

    An unknown field is an error of its own. A read-only one is refused unless an instance is being changed
    and the value is what `current_values()` says it is, so that a client may send back what it was given.
    `also_read_only` names output fields that the serializer does not declare.
    """

    also_read_only: ClassVar[frozenset[str]] = frozenset()

    def get_fields(self) -> dict[str, Any]:
        """Return fields of this serializer's own: what they are made of is shared, being the same for all."""
        return {name: _own(field) for name, field in self._declared_fields.items()}

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
        fixed = [name for name in data if name in self.also_read_only or self._is_read_only(name)]
        unknown = [name for name in data if name not in self.fields and name not in fixed]
        changed = self._changed({name: data[name] for name in fixed})
        reasons = {UNKNOWN_FIELD: unknown, READ_ONLY: changed, NOT_TEXT: self._not_text(data)}
        return {name: [reason] for reason, names in reasons.items() for name in names}

    def _is_read_only(self, name: str) -> bool:
        return name in self.fields and self.fields[name].read_only

    def _not_text(self, data: Mapping[str, Any]) -> list[str]:
        wrong = [name for name, value in data.items() if not isinstance(value, str | None)]
        return [name for name in wrong if name in self.fields and _is_text(self.fields[name])]

    def _changed(self, given: Mapping[str, Any]) -> list[str]:
        if not given or self.instance is None:
            return list(given)
        current = self.current_values()
        return [name for name, value in given.items() if not _same(value, current.get(name))]


def _own(field: Any) -> Any:
    """Return a field that can be bound to another serializer. One with fields inside is copied whole."""
    if isinstance(field, serializers.BaseSerializer) or hasattr(field, "child"):
        return deepcopy(field)
    copied = field.__class__.__new__(field.__class__, *field._args, **field._kwargs)
    copied.__dict__.update(field.__dict__)
    return copied


def _is_text(field: Any) -> bool:
    return isinstance(field, serializers.CharField) and not field.read_only


def _same(given: object, current: object) -> bool:
    return given == current and isinstance(given, bool) == isinstance(current, bool)
