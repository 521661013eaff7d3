"""What request bodies demand, said in JSON _Schema: no other fields, no NUL, something to see, null where it clears."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerExtension

from foundation.http.serializers import StrictSerializer
from foundation.http.shapes import NO_NUL, nullable

_Schema = dict[str, Any]
_ANSWERED: Final = "x-answered"
_ECHO: Final = "As it was answered, or left out."


class StrictBodies(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # registers itself
    """Closes the bodies that `StrictSerializer` reads, and adds the rules that their fields have together."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> _Schema:
        """Return the schema of a serializer; in answers it stays open."""
        schema: _Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction != "request":
            return schema
        if "__doc__" not in vars(type(self.target)) or not type(self.target).__doc__:
            schema.pop("description", None)  # the base's, which is for us
        schema.setdefault("properties", {})
        schema[_ANSWERED] = sorted(self.target.read_only_names)
        if self.target.one_of:
            schema["oneOf"] = [{"required": [name]} for name in self.target.one_of]
        return schema | {"type": "object", "additionalProperties": False, **_ruled(schema, self.target.rules)}


def _ruled(schema: Mapping[str, Any], rules: Mapping[str, str]) -> _Schema:
    """Return a description with the rules below it, and the rules for programs."""
    if not rules:
        return {}
    said = "".join(f"\n* `{code}`: {rule}" for code, rule in rules.items())
    about = f"{schema.get('description', '')}\n\nRefused as well, under these codes:\n{said}".strip()
    return {"description": about, "x-rules": dict(rules)}


def add_answered(schema: _Schema) -> None:
    """Add to a body what may be sent back as it was answered. drf-spectacular would drop it from a request's schema."""
    for name in schema.pop(_ANSWERED, ()):
        schema["properties"].setdefault(name, {"readOnly": True, "description": _ECHO})


def state_nulls(schema: Any) -> Any:
    """Return a schema in which a type stands once, and null among the values where it is one of the types."""
    if isinstance(schema, list):
        return [state_nulls(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    stated = {name: state_nulls(each) for name, each in schema.items()}
    kinds = stated.get("type")
    if not isinstance(kinds, list):
        return stated
    stated["type"] = list(dict.fromkeys(kinds))
    if "null" in kinds and "enum" in stated:
        rest = {name: each for name, each in stated.items() if name not in ("type", "enum")}
        values = [each for each in stated["enum"] if each is not None]
        others = [kind for kind in stated["type"] if kind != "null"]
        return nullable({"type": others[0] if len(others) == 1 else others, "enum": values}) | rest
    return stated


def forbid_nul(schema: Any) -> None:
    """Give every free text below a request's schema the pattern of a text without NUL."""
    for each in _objects(schema):
        kinds = each.get("type")
        is_text = kinds == "string" or (isinstance(kinds, list) and "string" in kinds)
        if is_text and not {"pattern", "enum", "const"} & each.keys():
            each["pattern"] = NO_NUL


def _objects(schema: Any) -> Iterator[_Schema]:
    if isinstance(schema, dict):
        yield schema
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for each in inner:
        yield from _objects(each)
