"""Problem documents (RFC 9457): their content, and how an error of any kind becomes one. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, overload

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)

from foundation.context import provenance
from foundation.http.error_bounds import (
    MAX_DETAIL_CHARACTERS,
    MAX_ERRORS,
    MAX_FIELD_CHARACTERS,
    Mark,
    truncate,
)
from foundation.http.errors import DomainError, FieldProblem
from foundation.tracing import kept_trace_id

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 1


@dataclass(frozen=True)
class Problem:
    """One error: an HTTP status, a code for programs, a sentence for people, and the fields that are wrong.

    `more_errors` counts wrong fields that are not in `errors`. Of `errors`, the document names at most 50.
    """

    status: int
    code: str
    detail: str
    errors: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more_errors: int = 0

    def document(self, *, most_errors: int = MAX_ERRORS) -> dict[str, Any]:
        """Return the JSON object, with the id of the current request.

        It has `more_errors`, an extension member (RFC 9457, 3.2), only when some errors are not named, and `trace_id`
        only when spans of the request are kept.
        """
        more = self.more_errors + max(0, len(self.errors) - most_errors)
        trace_id = kept_trace_id(provenance().traceparent)
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": truncate(self.detail, MAX_DETAIL_CHARACTERS),
            "code": self.code,
            "errors": [_bounded_error(each) for each in self.errors[:most_errors]],
            **({"more_errors": more} if more else {}),
            "request_id": provenance().request_id,
            **({"trace_id": trace_id} if trace_id else {}),
        }


def _bounded_error(problem: FieldProblem) -> dict[str, str]:
    return {
        "field": truncate(problem.field, MAX_FIELD_CHARACTERS),
        "code": problem.code,
        "detail": truncate(problem.detail, MAX_DETAIL_CHARACTERS),
    }


# What would have been right, where the framework says only what was wrong.
_RIGHT: Mapping[type[APIException], str] = {
    MethodNotAllowed: " The Allow header names those that are.",
    NotAcceptable: " Ask for application/json.",
    UnsupportedMediaType: " Send JSON, as application/json.",
}
# The first row that fits decides.
_PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (Http404, Problem(404, "not_found", "There is nothing here.")),
    (PermissionDenied, Problem(403, "permission_denied", "This is not allowed.")),
    (RequestDataTooBig, Problem(413, "too_large", "The body is too large.")),
    (UnreadablePostError, Problem(400, "malformed", "The body broke off.")),
    (SuspiciousOperation, Problem(400, "malformed", "The request is malformed.")),
    (
        OperationalError,
        Problem(503, "unavailable", "The database is busy.", headers={"Retry-After": str(_RETRY_SECONDS)}),
    ),
    (
        InterfaceError,
        Problem(503, "unavailable", "The database is away.", headers={"Retry-After": str(_RETRY_SECONDS)}),
    ),
)


@overload
def problem_of(error: DomainError | APIException) -> Problem: ...
@overload
def problem_of(error: Exception) -> Problem | None: ...
def problem_of(error: Exception) -> Problem | None:
    """Return the problem to answer for an error, or None for an unexpected one."""
    if isinstance(error, DomainError):
        return _domain_problem(error)
    if isinstance(error, ValidationError):
        return _validation_problem(error)
    if isinstance(error, APIException):
        return _api_problem(error)
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), None)


def _domain_problem(error: DomainError) -> Problem:
    return Problem(
        error.status,
        error.code,
        error.detail,
        errors=error.errors,
        headers=_headers(error.status, retry_after=error.retry_after_seconds),
        more_errors=error.more_errors,
    )


def _validation_problem(error: ValidationError) -> Problem:
    errors: list[FieldProblem] = []
    more = 0
    for path, reason in _flatten(error.detail, path=""):
        if isinstance(reason, int):
            more += reason
        elif len(errors) < MAX_ERRORS:
            errors.append(FieldProblem(_printable(path), reason.code or "invalid", str(reason)))
        else:
            more += 1
    return Problem(error.status_code, "invalid", _summary(errors, more), errors=errors, more_errors=more)


def _summary(errors: Sequence[FieldProblem], more: int) -> str:
    if more:
        return f"{len(errors) + more:,} things are wrong: see errors for {len(errors)}, and {more:,} more."
    return errors[0].detail if len(errors) == 1 else f"{len(errors)} things are wrong; see errors."


def _api_problem(error: APIException) -> Problem:
    codes = error.get_codes()
    headers = _headers(
        error.status_code,
        authenticate=getattr(error, "auth_header", None),
        retry_after=getattr(error, "wait", None) if isinstance(error, Throttled) else None,
    )
    code = codes if isinstance(codes, str) else "refused"
    detail = f"{error.detail}{_RIGHT.get(type(error), '')}"
    return Problem(error.status_code, code, detail, headers=headers)


def _headers(
    status: int, *, authenticate: str | None = None, retry_after: float | None = None
) -> dict[str, str]:
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = authenticate or 'Bearer realm="api"'
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after)))
    return headers


def _flatten(detail: object, *, path: str) -> Iterator[tuple[str, ErrorDetail | int]]:
    """Yield (path, reason) from DRF's nested details: `{"reminders": {0: {"offset": [...]}}}` is `reminders[0].offset`.

    A number instead of a reason stands for so many errors that were counted and not named.
    """
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if name is Mark.LEFT_OUT:
                yield path, int(inner[0])
            else:
                yield from _flatten(inner, path=_join_path(path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flatten(inner, path=path if isinstance(inner, str) else f"{path}[{index}]")
    elif isinstance(detail, str):
        yield path, detail if isinstance(detail, ErrorDetail) else ErrorDetail(detail)


def _join_path(path: str, name: object) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)


def _printable(path: str) -> str:
    """Return a client's field name in a form that can be encoded as UTF-8 and printed."""
    shown = truncate(path, MAX_FIELD_CHARACTERS).encode("utf-8", "backslashreplace").decode()
    return shown.replace("\0", "\\0")
