"""The page of the HTTP API, from its OpenAPI document."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from todo_project.api.schema import openapi_document

Document = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_INTRODUCTION = (
    "Every call of the API, from its OpenAPI 3.1 document (`/api/schema/`; to read and try: `/api/docs/`). Trailing"
    " slashes are optional. Errors are `application/problem+json`: `type`, `title`, `status`, `detail`, `code`,"
    " `errors` (each `field`, `code`, `detail`), `request_id`. At most 50 errors are named; where there are more,"
    " `more_errors` says how many were counted beside them; where spans of the call are kept, `trace_id`"
    " ([traces](../operate/traces.md)) stands beside `request_id`. Names and values that were sent are repeated in"
    " part, and a list that is too long is refused without being read. Unknown fields and unknown query parameters"
    " are 400. Rows of other users answer 404, exactly like rows that do not exist. How clients stay in sync is"
    " described in [sync clients](../howto/sync-clients.md)."
)


def lines() -> Iterator[str]:
    """Yield the page, one section for each resource."""
    document = openapi_document()
    yield _INTRODUCTION
    yield "\nFor older clients, tasks are under `/todos/`, `/api/todos/` and `/api/{user_id}/tasks/` too; these lists"
    yield "are plain arrays with `Link` headers."
    for resource, paths in groupby(sorted(document["paths"]), key=_resource):
        yield f"\n## {resource}"
        for path in paths:
            yield from _path(document, path)


def _resource(path: str) -> str:
    return path.split("/")[2]


def _path(document: Document, path: str) -> Iterator[str]:
    operations = document["paths"][path]
    for method in _METHODS:
        if method in operations:
            yield f"\n### `{method.upper()} {path}`\n"
            yield from _operation(document, operations[method])


def _operation(document: Document, operation: Document) -> Iterator[str]:
    yield _inline(operation.get("description", operation.get("summary", "")))
    asked = [each for each in operation.get("parameters", ()) if each["in"] != "path"]
    if asked:
        yield "\n| parameter | in | type | |\n| --- | --- | --- | --- |"
        for each in asked:
            about = _cell(each.get("description", ""))
            yield f"| `{each['name']}` | {each['in']} | {_type(document, each['schema'])} | {about} |"
    yield from _body(document, operation)
    answered = {status: each for status, each in operation["responses"].items() if status != "default"}
    answers = ", ".join(_answer(document, *each) for each in answered.items())
    yield f"\nAnswers: {answers}."


def _body(document: Document, operation: Document) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    schema = _resolved(document, content["schema"])
    required = set(schema.get("required", ()))
    yield "\n| field | type | |\n| --- | --- | --- |"
    for name, field in schema.get("properties", {}).items():
        if field.get("readOnly"):
            continue
        needed = "required" if name in required else ""
        about = "; ".join(filter(None, (needed, _cell(field.get("description", "")))))
        yield f"| `{name}` | {_type(document, field)} | {about} |"


def _answer(document: Document, status: str, response: Document) -> str:
    for media, content in response.get("content", {}).items():
        if media == "application/json":
            return f"{status} ({_type(document, content['schema'])})"
    return status


def _resolved(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _type(document: Document, schema: Document) -> str:
    """Return a type in words: a name of a schema, a list of something, the values of an enumeration."""
    if "$ref" in schema:
        target = _resolved(document, schema)
        return _type(document, target) if "enum" in target else schema["$ref"].rsplit("/", 1)[1]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(document, each) for each in schema[several]))
    if "enum" in schema:
        return ", ".join("null" if each is None else f"`{each}`" for each in schema["enum"])
    kinds = schema.get("type", "anything")
    names = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(_named(document, name, schema) for name in names)


def _named(document: Document, name: str, schema: Document) -> str:
    if name == "array":
        return f"list of {_type(document, schema.get('items', {}))}"
    return f"{name} ({schema['format']})" if name == "string" and "format" in schema else name


def _inline(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    # What follows in bullets repeats the values of an enumeration.
    return _inline(text.partition("\n* ")[0]).replace("|", "\\|")
