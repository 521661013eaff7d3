"""The HTTP vocabulary that every app shares: domain errors, strict bodies and queries.

DomainError            status, code, detail, errors; the API answers it as problem+json
  └ each app's errors  `class TaskNotFound(DomainError): status = 404; code = "not_found"; detail = "…"`
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.http import Http404, QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

from foundation.http.error_bounds import name_errors

if TYPE_CHECKING:  # the settings name this module, and importing views reads them
    from rest_framework.views import APIView

Instance = TypeVar("Instance")
UNKNOWN_FIELD = ErrorDetail("This field is not known here.", code="unknown_field")
UNKNOWN_PARAMETER = ErrorDetail("This query parameter is not known here.", code="unknown_parameter")
BAD_CHARACTER = ErrorDetail("Text may not hold NUL.", code="invalid_character")
MAX_ID_DIGITS = 18
READ_ONLY = ErrorDetail("This field can not be set.", code="read_only")
NOT_TEXT = ErrorDetail("Write a text.", code="invalid")
NOT_A_CHOICE = ErrorDetail("This is no text, and so none of the choices.", code="invalid_choice")
NOT_ONE_VALUE = ErrorDetail("Write one value, no list and no object.", code="invalid")


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field; `field` is a path such as `reminders[0].offset`."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of the domain was not met; nothing was changed.

    A subclass states the fact: its name, `status`, `code` and `detail` (a sentence that is safe to show).
    Raise it with another detail, with the `field` that is at fault, or with all `errors` at once, and how many
    `more_errors` there are; `retry_after_seconds` becomes the Retry-After header.
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
        more_errors: int = 0,
        retry_after_seconds: int | None = None,
    ) -> None:
        self.detail = detail or self.detail
        own = (FieldProblem(field, self.code, self.detail),) if field else ()
        self.errors = (*own, *errors)
        self.more_errors = more_errors
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)


class KnownParameters(BasePermission):
    """Refuse query parameters that a view does not know, and text that no database takes.

    Known are `format`, the view's `query_parameters`, and for a list the filters of its `filterset_class` and
    what its paginator declares in `query_parameters`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        errors = _wrong_parameters(request.query_params, known=known_parameters(view))
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


def _wrong_parameters(given: QueryDict, *, known: frozenset[str]) -> dict[Any, list[ErrorDetail]]:
    unknown = [name for name in given if name not in known]
    bad = [name for name in given if name in known and any("\0" in value for value in given.getlist(name))]
    return {**name_errors(unknown, UNKNOWN_PARAMETER), **{name: [BAD_CHARACTER] for name in bad}}


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
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        given = {name: value for name, value in data.items() if name in self._writable}
        refused = self._refused(data, given)
        # What is refused by its name or its kind is not looked into: it may hold a million members.
        readable = {name: value for name, value in given.items() if name not in refused}
        try:
            value = super().to_internal_value(readable)
        except ValidationError as error:
            details = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
            others = {name: detail for name, detail in details.items() if name not in refused}
            raise ValidationError({**refused, **others}) from None
        if refused:
            raise ValidationError(refused)
        return value

    def current_values(self) -> Mapping[str, Any]:
        """Return the instance as the API answers it; override when another function renders it."""
        return self.to_representation(self.instance)  # type: ignore[arg-type]

    @cached_property
    def _writable(self) -> dict[str, Any]:
        return {name: field for name, field in self.fields.items() if not field.read_only}

    @cached_property
    def _read_only(self) -> frozenset[str]:
        return self.also_read_only | (set(self.fields) - set(self._writable))

    def _refused(self, data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[Any, list[ErrorDetail]]:
        """Return what is wrong with the names of a body, and with the kinds of the values that are `given`."""
        kinds = {
            name: [why] for name, value in given.items() if (why := _wrong_kind(self._writable[name], value))
        }
        if len(given) == len(data):
            return kinds
        fixed = {name: value for name, value in data.items() if name in self._read_only}
        unknown = [name for name in data if name not in given and name not in fixed]
        changed = {name: [READ_ONLY] for name in self._changed(fixed)}
        return {**name_errors(unknown, UNKNOWN_FIELD), **changed, **kinds}

    def _changed(self, given: Mapping[str, Any]) -> list[str]:
        if not given or self.instance is None:
            return list(given)
        current = self.current_values()
        return [name for name, value in given.items() if not _same(value, current.get(name))]


class ShortListField(serializers.ListField):
    """A list of at most `max_length` members, counted before any of them is read."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > cast(int, self.max_length):
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


def _own(field: Any) -> Any:
    """Return a field that can be bound to another serializer. One with fields inside is copied whole."""
    if isinstance(field, serializers.BaseSerializer) or hasattr(field, "child"):
        return deepcopy(field)
    copied = field.__class__.__new__(field.__class__, *field._args, **field._kwargs)
    copied.__dict__.update(field.__dict__)
    return copied


def _wrong_kind(field: Any, value: object) -> ErrorDetail | None:
    """Return why a value is none of this field, whatever it holds: DRF would print a list and repeat it."""
    if value is None or isinstance(value, str):
        return None
    if isinstance(field, serializers.CharField):
        return NOT_TEXT
    if isinstance(field, serializers.ChoiceField):
        return NOT_A_CHOICE
    is_number = isinstance(field, serializers.IntegerField | serializers.FloatField)
    return NOT_ONE_VALUE if is_number and isinstance(value, dict | list) else None


def _same(given: object, current: object) -> bool:
    return given == current and isinstance(given, bool) == isinstance(current, bool)
