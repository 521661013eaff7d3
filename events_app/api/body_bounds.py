"""Limits on the size of request bodies, by path: one table (`settings.BODY_BOUNDS`) for all our servers.

The headers decide, before a byte of the body is read. Callers are realtime_app's server, gunicorn's hook and the
middleware. https://cheatsheetseries.owasp.org/cheatsheets/Denial_of_Service_Cheat_Sheet.html
"""

import re
from collections.abc import Callable

from django.conf import settings

from events_app.api.dapr_access import is_sidecar
from events_app.consumers.specs import BodyBound
from foundation.http.problems import Problem

NO_LENGTH = Problem(411, "length_required", "Say the body's length in Content-Length.")
BAD_LENGTH = Problem(400, "malformed", "Content-Length must be a whole number.")
NOT_SIDECAR = Problem(401, "not_authenticated", "The header dapr-api-token must hold APP_API_TOKEN.")
MAX_LENGTH_DIGITS = 18


def max_body_bytes(path: str) -> int:
    """Return the largest number of bytes that a body for `path` may have."""
    bound = _row(path)
    return bound.max_bytes if bound else settings.MAX_BODY_BYTES


def refuse_body(path: str, header: Callable[[str], str]) -> Problem | None:
    """Return the problem with a request's body, or None if it has none or one within the bound of its path.

    `path` is percent-decoded; `header` returns a header by its lower-case name, or "". The status is 413 beyond the
    bound, 411 for a transfer encoding without a length (RFC 9110, section 15.5.12), and 401 on a path where only the
    sidecar may send a body.
    """
    declared = header("content-length")
    if not declared:
        return NO_LENGTH if header("transfer-encoding") else None
    if not (declared.isascii() and declared.isdigit()):
        return BAD_LENGTH
    # A longer number exceeds any bound, and the cost of `int` grows with its digits.
    length = int(declared) if len(declared) <= MAX_LENGTH_DIGITS else 10**MAX_LENGTH_DIGITS
    if not length:
        return None
    bound = _row(path)
    if bound and bound.sidecar_only and not is_sidecar(header("dapr-api-token")):
        return NOT_SIDECAR
    return _too_large(length, bound.max_bytes if bound else settings.MAX_BODY_BYTES)


def _row(path: str) -> BodyBound | None:
    bounds: tuple[BodyBound, ...] = settings.BODY_BOUNDS
    return next((bound for bound in bounds if re.fullmatch(bound.paths, path)), None)


def _too_large(length: int, max_bytes: int) -> Problem | None:
    if length <= max_bytes:
        return None
    return Problem(413, "too_large", f"The body is larger than {max_bytes} bytes.")
