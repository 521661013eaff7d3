"""Serializers that refuse input which DRF would ignore or convert."""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.serializer_helpers import BindingDict

from foundation.http.error_bounds import show_value
from foundation.http.fields import is_whole, not_among, refuse_number, unknown_names

Instance = TypeVar("Instance")
READ_ONLY = ErrorDetail(
    "This field can not be set: leave it out, or send it as it was answered where something is changed.",
    code="read_only",
)


class StrictSerializer(serializers.Serializer[Instance]):
    """A serializer that refuses input which DRF would ignore or convert, such as a number for a text.

    An unknown field is an error. A read-only field is an error unless an instance is being changed and the value
    equals the one of `current_values()`, so that a client can send back the object that it received.
    `also_read_only` names fields of the response that the serializer does not declare. `rules` says what no JSON Schema
    can: by the code of the error, what fields must be to each other. Of `one_of` exactly one must be there.
    """

    also_read_only: ClassVar[frozenset[str]] = frozenset()
    rules: ClassVar[Mapping[str, str]] = MappingProxyType({})
    one_of: ClassVar[tuple[str, ...]] = ()
    _absent: Collection[str] = ()

    @cached_property
    def fields(self) -> BindingDict:
        """The fields by name; the objects inside a field, which never change, are shared by all serializers."""
        return _FieldsOnDemand(self, self._declared_fields)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        names = _names_of(type(self))
        given = {name: value for name, value in data.items() if name in names.writable}
        refused = self._find_errors(data, given)
        # A value with a wrong name or kind is not validated further: it may have a million members.
        readable = {name: value for name, value in given.items() if name not in refused}
        self._absent = names.optional - readable.keys()
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
        """Return the instance as the API returns it. Override it when another function renders the instance."""
        return self.to_representation(self.instance)  # type: ignore[arg-type]

    @property
    def _writable_fields(self) -> list[Any]:
        """The fields that are to be read; DRF would ask each of those that are absent, one by one."""
        return [self.fields[name] for name in _names_of(type(self)).writable if name not in self._absent]

    @property
    def read_only_names(self) -> frozenset[str]:
        """The names that a body may have only as they were answered."""
        return _names_of(type(self)).read_only

    def _read_only_defaults(self) -> dict[str, Any]:
        return super()._read_only_defaults() if _names_of(type(self)).has_fixed_values else {}

    def _find_errors(self, data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[Any, list[ErrorDetail]]:
        """Return the errors in the names of a body and in the kinds of its writable values, `given`."""
        names = _names_of(type(self))
        kinds = {
            name: [why] for name, value in given.items() if (why := _wrong_kind(names.writable[name], value))
        }
        if len(given) == len(data):
            return kinds
        fixed = {name: value for name, value in data.items() if name in names.read_only}
        unknown = [name for name in data if name not in given and name not in fixed]
        changed = {name: [READ_ONLY] for name in self._changed_names(fixed)}
        refused = unknown_names(unknown, names.writable, what="field", code="unknown_field")
        return {**refused, **changed, **kinds}

    def _changed_names(self, given: Mapping[str, Any]) -> list[str]:
        if not given or self.instance is None:
            return list(given)
        current = self.current_values()
        return [name for name, value in given.items() if not _same(value, current.get(name))]


class EmptySerializer(StrictSerializer[None]):
    """The body of a call whose path is complete: it must be empty."""


class ShortListField(serializers.ListField):
    """A list of at most `max_length` members, counted before any of them is read."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > cast(int, self.max_length):
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class _FieldsOnDemand(BindingDict):
    """The fields of a serializer. One is copied and bound when it is asked for: most bodies name a few."""

    def __init__(self, serializer: Any, declared: Mapping[str, Any]) -> None:
        super().__init__(serializer)
        self._declared = dict(declared)

    def __setitem__(self, name: str, field: Any) -> None:
        self._declared.setdefault(name, field)
        super().__setitem__(name, field)

    def __getitem__(self, name: str) -> Any:
        if name not in self.fields:
            self[name] = _copy_field(self._declared[name])
        return self.fields[name]

    def __delitem__(self, name: str) -> None:
        del self._declared[name]
        self.fields.pop(name, None)

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # the stubs say fields
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a serializer's fields by what may be done with them; the fields are those of the class."""

    writable: Mapping[str, Any]
    optional: frozenset[str]
    """Those from which no value comes where they are absent."""
    read_only: frozenset[str]
    has_fixed_values: bool
    """Whether a field that is only read has a value of its own."""


@cache
def _names_of(serializer: type[StrictSerializer[Any]]) -> _Names:
    declared, empty = serializer._declared_fields, serializers.empty
    writable = {name: field for name, field in declared.items() if not field.read_only}
    return _Names(
        writable,
        frozenset(name for name, field in writable.items() if not field.required and field.default is empty),
        serializer.also_read_only | (declared.keys() - writable.keys()),
        any(field.read_only and field.default is not empty for field in declared.values()),
    )


def _copy_field(field: Any) -> Any:
    """Return a copy of a field that can be bound to another serializer; a field with inner fields is copied deeply."""
    if isinstance(field, serializers.BaseSerializer) or hasattr(field, "child"):
        return deepcopy(field)
    copied = field.__class__.__new__(field.__class__, *field._args, **field._kwargs)
    copied.__dict__.update(field.__dict__)
    return copied


def _wrong_kind(field: Any, value: object) -> ErrorDetail | None:
    """Return the error if a value's kind is wrong for a field, or None. DRF would repeat a whole list in its error."""
    if value is None:
        return None
    if isinstance(field, serializers.IntegerField):
        wrong = refuse_number(value, least=field.min_value, most=field.max_value)
        return None if is_whole(value) else ErrorDetail(wrong, code="invalid")
    if isinstance(value, str):
        return None
    if isinstance(field, serializers.CharField):
        return ErrorDetail(f"{show_value(value)} is no text: write one, in quotes.", code="invalid")
    if isinstance(field, serializers.ChoiceField):
        return ErrorDetail(not_among(value, [str(each) for each in field.choices]), code="invalid_choice")
    return None


def _same(given: object, current: object) -> bool:
    return given == current and isinstance(given, bool) == isinstance(current, bool)
