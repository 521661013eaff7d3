"""The OpenAPI document: adds to what the views declare that every call may answer a problem."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from accounts_app.preferences.zones import zone_names
from foundation.http import shapes
from foundation.http.error_bounds import MAX_ERRORS
from foundation.http.problems import MEDIA_TYPE
from tasks_app.api.bulk_serializers import MAX_OPERATIONS
from tasks_app.api.bulk_shapes import describe_operation
from tasks_app.api.shapes import TASK_COMPONENTS, zone_name
from todo_project.api.schema_bodies import add_answered, forbid_nul, state_nulls
from todo_project.api.schema_links import link_answers
from todo_project.api.statuses import describe_statuses

_TEXT = {"type": "string"}
CURSOR_RULES = {"invalid_cursor": "The cursor is from no page of this list in this order."}
FIELD_PROBLEM = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "description": "A path such as `reminders[0].offset`; empty: the whole."},
        "code": _TEXT,
        "detail": _TEXT,
    },
}
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "A word for programs."},
        "errors": {
            "type": "array",
            "maxItems": MAX_ERRORS,
            "items": {"$ref": "#/components/schemas/FieldProblem"},
        },
        "more_errors": {
            "type": "integer",
            "description": f"How many more were counted, where there are more than {MAX_ERRORS}.",
        },
        "request_id": {"type": "string", "description": "Of this call alone; under it our log says more."},
        "trace_id": {"type": "string", "description": "Of the call's trace, where spans of it are kept."},
    },
}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document of all endpoints; each process generates it once."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


def state_demands(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Say of requests what the code demands of them (drf-spectacular's hook)."""
    stated: dict[str, Any] = state_nulls(result)
    schemas = stated["components"].setdefault("schemas", {})
    schemas |= {**shapes.COMMON_COMPONENTS, **TASK_COMPONENTS, "TimeZoneName": zone_name(zone_names())}
    schemas["OperationRequest"] = describe_operation(schemas["OperationRequest"]["properties"])
    schemas["BulkRequest"]["properties"]["operations"]["maxItems"] = MAX_OPERATIONS
    for name, schema in schemas.items():
        if name.endswith("Request"):
            add_answered(schema)
            forbid_nul(schema)
    for calls in stated["paths"].values():
        for operation in calls.values():
            _state_parameters(operation)
            _gather_rules(operation, schemas)
    return stated


def _state_parameters(operation: dict[str, Any]) -> None:
    for each in operation.get("parameters", ()):
        if each["in"] == "path" and each["schema"].get("format") != "uuid":
            each["schema"] = shapes.ID
        forbid_nul(each["schema"])


def _gather_rules(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Say of a call which rules it has that no schema of a part of it says: those of its parameters and of its body."""
    rules = dict(operation.get("x-rules", {}))
    if any(each["name"] == "cursor" for each in operation.get("parameters", ())):
        rules |= CURSOR_RULES
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if body and "oneOf" in schemas.get(body.get("$ref", "").rpartition("/")[2], {}):
        operation["requestBody"]["required"] = True  # one of its alternatives must be there
    for name in _references(body, schemas):
        rules |= schemas[name].get("x-rules", {})
    if rules:
        operation["x-rules"] = rules


def _references(schema: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the components that a schema leads to."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield name
        yield from _references(schemas[name], schemas)
    for each in inner:
        yield from _references(each, schemas)


def describe_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add the problem document to the answers of every operation (a postprocessing hook of drf-spectacular)."""
    result["components"].setdefault("schemas", {}).update(FieldProblem=FIELD_PROBLEM, Problem=PROBLEM)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    link_answers(result["paths"])
    for path, calls in result["paths"].items():
        for method, operation in calls.items():
            if isinstance(operation, dict) and "responses" in operation:
                describe_statuses(path, method, operation, problem=content)
                operation["responses"]["default"] = {"description": "A problem.", "content": content}
    return result
