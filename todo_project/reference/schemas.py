"""JSON Schemas of the events in the log and of the data on the topics."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from events_app.contracts import PAYLOADS
from events_app.contracts.topics import TOPIC_DATA
from events_app.transports.envelope import SCHEMA_VERSION

_FOLDER = Path("docs/reference/events")
Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> Mapping[Path, Schema]:
    """Return every schema by its path in the repository."""
    found: dict[Path, Schema] = {}
    for type_, payload in PAYLOADS.items():
        found[_FOLDER / "log" / f"{type_}.v{payload.V}.json"] = _schema(payload)
    for topic, models in TOPIC_DATA.items():
        union: Any = models[0]
        for model in models[1:]:
            union = union | model
        found[_FOLDER / "topics" / f"{topic}.v{SCHEMA_VERSION}.json"] = _schema(union)
    return found


def _schema(model: Any) -> Schema:
    return {"$schema": DIALECT, **TypeAdapter(model).json_schema(mode="validation")}


def render_schemas() -> Mapping[Path, str]:
    """Return the text of every schema file."""
    return {path: json.dumps(schema, indent=2, sort_keys=True) + "\n" for path, schema in schemas().items()}


def incompatibilities(old: Schema, new: Schema, *, at: str = "$") -> Iterator[str]:
    """Yield each change that breaks a reader of `old` on data of `new`; only added optional fields break none."""
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(old_fields) - set(new_fields)):
        yield f"{at}.{name} is gone"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}.{name} became required"
    for name in sorted(set(old_fields) & set(new_fields)):
        yield from _changed_value(old_fields[name], new_fields[name], at=f"{at}.{name}")
    for name, definition in old.get("$defs", {}).items():
        yield from incompatibilities(definition, new.get("$defs", {}).get(name, {}), at=f"{at}/{name}")


def _changed_value(old: Schema, new: Schema, *, at: str) -> Iterator[str]:
    for word in ("type", "format", "$ref", "const", "anyOf", "items"):
        if old.get(word) != new.get(word):
            yield f"{at}: {word} changed from {old.get(word)} to {new.get(word)}"
    for value in old.get("enum", ()):
        if value not in new.get("enum", ()):
            yield f"{at}: {value} is no longer a value"
