"""JSON JsonSchema of an operation of a bulk call: which fields it has depends on what it does."""

from collections.abc import Mapping
from typing import Any

from foundation.http.shapes import ID, JsonSchema, ref
from tasks_app.api.bulk_reading import ALWAYS, OF_VERB
from tasks_app.operations.bulk.operations import Verb

_FIELDS = {Verb.CREATE: "TaskRequest", Verb.UPDATE: "PatchedChangedFieldsRequest"}


def describe_operation(properties: Mapping[str, Any]) -> JsonSchema:
    """Return the schema of an operation, one alternative for each verb, from the schemas of all fields it may have."""
    return {"oneOf": [_of_verb(verb, names, properties) for verb, names in OF_VERB.items()]}


def _of_verb(verb: Verb, names: tuple[str, ...], properties: Mapping[str, Any]) -> JsonSchema:
    own = {name: properties[name] for name in (*ALWAYS, *names)}
    own["op"] = {"type": "string", "const": str(verb)}
    if "id" in own:
        own["id"] = ID
    if "fields" in own:
        own["fields"] = ref(_FIELDS[verb])
    required = ["op", *(name for name in ("id", "fields") if name in own)]
    return {"type": "object", "required": required, "properties": own, "additionalProperties": False}
