"""Serializers of responses that take their fields from pydantic models, so that each shape is described once."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from rest_framework import serializers

_FIELDS: Final[Mapping[Any, Callable[..., Any]]] = {
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    str: serializers.CharField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
    AwareDatetime: serializers.DateTimeField,
}


class AnswerSerializer(serializers.Serializer[Any]):
    """A serializer with the fields of `model`, in its order, and then its own. Its own field wins over the model's."""

    model: ClassVar[type[BaseModel]]

    def get_fields(self) -> dict[str, Any]:
        """Return new fields by name. Raises TypeError for a type of the model that has no field here."""
        own, described = super().get_fields(), self.model.model_fields
        names = dict.fromkeys([*described, *own])
        return {name: own[name] if name in own else _field(described[name].annotation) for name in names}


def _field(kind: Any, **options: Any) -> Any:
    """Return the field for a type: a type of `_FIELDS`, a Literal, a list of these, or one of these or None."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _field(parts[0], **options)
    if origin in (Union, UnionType):
        [some] = [each for each in parts if each is not NoneType]
        return _field(some, allow_null=True)
    if origin is Literal:
        return serializers.ChoiceField(choices=list(parts), **options)
    if origin is list:
        return serializers.ListField(child=_field(parts[0]), **options)
    if kind not in _FIELDS:
        raise TypeError(f"{kind} has no field; the serializer must declare it")
    return _FIELDS[kind](**options)
