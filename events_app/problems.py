"""Problem documents (RFC 9457): what they say and how errors of every kind become one. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any, overload

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError

from events_app.context import provenance
from events_app.http import DomainError, FieldProblem

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1
MAX_FIELD_CHARACTERS = 200


@dataclass(frozen=True)
class Problem:
    """One error: an HTTP status, a code for programs, a sentence for people, and the fields at fault."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the JSON object, with the id of the request that is being answered."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [asdict(each) for each in self.errors],
            "request_id": provenance().request_id,
        }


# The first row that fits decides.
_PLAIN: tuple[tuple[type[Exception], Problem], ...] = (
    (Http404, Problem(404, "not_found", "There is nothing here.")),
    (PermissionDenied, Problem(403, "permission_denied", "This is not allowed.")),
    (RequestDataTooBig, Problem(413, "too_large", "The body is too large.")),
    (UnreadablePostError, Problem(400, "malformed", "The body broke off.")),
    (SuspiciousOperation, Problem(400, "malformed", "The request is malformed.")),
    (
        OperationalError,
        Problem(503, "unavailable", "The database is busy.", headers={"Retry-After": str(RETRY_SECONDS)}),
    ),
    (
        InterfaceError,
        Problem(503, "unavailable", "The database is away.", headers={"Retry-After": str(RETRY_SECONDS)}),
    ),
)


@overload
def problem_of(error: DomainError | APIException) -> Problem: ...
@overload
def problem_of(error: Exception) -> Problem | None: ...
def problem_of(error: Exception) -> Problem | None:
    """Return what an error says to a client; None for one that nobody foresaw."""
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, APIException):
        return _of_api(error)
    return next((problem for kind, problem in _PLAIN if isinstance(error, kind)), None)


def _of_domain(error: DomainError) -> Problem:
    return Problem(
        error.status,
        error.code,
        error.detail,
        errors=error.errors,
        headers=_headers(error.status, retry_after=error.retry_after_seconds),
    )


def _of_validation(error: ValidationError) -> Problem:
    errors = list(_flat(error.detail, path=""))
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} things are wrong; see errors."
    return Problem(error.status_code, "invalid", detail, errors=errors)


def _of_api(error: APIException) -> Problem:
    codes = error.get_codes()
    headers = _headers(
        error.status_code,
        authenticate=getattr(error, "auth_header", None),
        retry_after=getattr(error, "wait", None) if isinstance(error, Throttled) else None,
    )
    code = codes if isinstance(codes, str) else "refused"
    return Problem(error.status_code, code, str(error.detail), headers=headers)


def _headers(
    status: int, *, authenticate: str | None = None, retry_after: float | None = None
) -> dict[str, str]:
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = authenticate or 'Bearer realm="api"'
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after)))
    return headers


def _flat(detail: object, *, path: str) -> Iterator[FieldProblem]:
    """Walk DRF's nested error details: `{"reminders": {0: {"offset": [...]}}}` is `reminders[0].offset`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path=_inside(path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, path=path if isinstance(inner, str) else f"{path}[{index}]")
    elif isinstance(detail, str):
        code = (detail.code if isinstance(detail, ErrorDetail) else None) or "invalid"
        yield FieldProblem(field=_printable(path), code=code, detail=str(detail))


def _inside(path: str, name: object) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)


def _printable(path: str) -> str:
    """Return a name that a client made up such that it can be shown and encoded."""
    shown = path.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return shown if len(shown) <= MAX_FIELD_CHARACTERS else f"{shown[:MAX_FIELD_CHARACTERS]}…"
