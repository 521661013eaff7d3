"""Serializers that refuse what they would ignore or read as something else."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any, ClassVar, TypeVar, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http.error_bounds import name_errors

Instance = TypeVar("Instance")
UNKNOWN_FIELD = ErrorDetail("This field is not known here.", code="unknown_field")
READ_ONLY = ErrorDetail("This field can not be set.", code="read_only")
NOT_TEXT = ErrorDetail("Write a text.", code="invalid")
NOT_A_CHOICE = ErrorDetail("This is no text, and so none of the choices.", code="invalid_choice")
NOT_ONE_VALUE = ErrorDetail("Write one value, no list and no object.", code="invalid")


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


class EmptySerializer(StrictSerializer[None]):
    """The body of a call that says everything by its path: it must be empty."""


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
