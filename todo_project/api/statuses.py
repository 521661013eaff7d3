"""Adds to each operation of the OpenAPI document the statuses of its possible problems."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from todo_project.api.idempotency import HEADER, has_key

WHY: Final = {
    "400": "A parameter or the body cannot be; `errors` names each field.",
    "401": "No credentials, or none that hold.",
    "403": "Not allowed: a session's call without its CSRF token, or a personal token without the scope.",
    "404": "There is nothing here for the caller.",
    "409": "A call with this Idempotency-Key is still running, or what is there is in the way.",
    "411": "The body has no length.",
    "412": "The version is another than If-Match says.",
    "413": "The body is too large.",
    "414": "The request line is longer than 8,190 bytes; the server answers before the application.",
    "415": "The body is not JSON.",
    "422": "The Idempotency-Key came with another body before.",
    "429": "Too many calls; Retry-After says when.",
    "503": "The database is busy or away, or too many people are signing in; Retry-After says when.",
}
_WITH_CSRF: Final = frozenset({"/api/auth/session/", "/api/auth/register/"})
BY_SERVER: Final = frozenset({"414"})
KEY: Final = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Makes repeating safe: the same key and body get the stored answer for 24 hours.",
}


def describe_statuses(
    path: str, method: str, operation: dict[str, Any], *, problem: Mapping[str, Any]
) -> None:
    """Add every status that a call can fail with, and the Idempotency-Key header where it can be used."""
    if has_key(method.upper(), path):
        operation.setdefault("parameters", []).append(KEY)
    for status in _failures(path, method, operation):
        content = problem if status not in BY_SERVER else {"text/html": {"schema": {"type": "string"}}}
        answer = {"description": WHY[status], "content": content}
        operation["responses"].setdefault(status, answer)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _failures(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    yield from ("400", "414", "429", "503")
    if operation.get("security") or path.startswith("/api/auth/"):
        yield "401"
    if operation.get("security") or path in _WITH_CSRF:
        yield "403"
    if "{" in path:
        yield "404"
    if method != "get":
        yield from ("411", "413", "415")
    if "If-Match" in headers:
        yield "412"
    if HEADER in headers:
        yield from ("409", "422")
