"""The OpenAPI document: adds to what the views declare that every call may answer a problem."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from foundation.http.error_bounds import MAX_ERRORS
from foundation.http.problems import MEDIA_TYPE
from todo_project.api.statuses import describe_statuses

_TEXT = {"type": "string"}
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
    },
}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document of all endpoints; each process generates it once."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


def describe_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add the problem document to the answers of every operation (a postprocessing hook of drf-spectacular)."""
    result["components"].setdefault("schemas", {}).update(FieldProblem=FIELD_PROBLEM, Problem=PROBLEM)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, calls in result["paths"].items():
        for method, operation in calls.items():
            if isinstance(operation, dict) and "responses" in operation:
                describe_statuses(path, method, operation, problem=content)
                operation["responses"]["default"] = {"description": "A problem.", "content": content}
    return result
