"""Bounds how fast a caller writes, in all views: a read costs nothing, any other call costs one write.

A view of which a call costs more calls `charge_operations` once it has read the body. A view that only reads a body,
such as a page sends at each key press, says `writes_nothing = True`: its calls cost their bytes alone.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts_app.errors import TooManyWrites
from accounts_app.operations.write_rates.charging import charge_writes
from accounts_app.operations.write_rates.policies import BucketLevel, Policy

if TYPE_CHECKING:  # the settings name this module, and importing views reads them
    from rest_framework.views import APIView

_MAX_LENGTH_DIGITS: Final = 15


class WriteThrottle(BaseThrottle):
    """Takes one write and the bytes of the body before it is read. Raises TooManyWrites or CallTooCostly."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if request.method not in SAFE_METHODS and request.user.is_authenticated:
            writes = 0 if getattr(view, "writes_nothing", False) else 1
            _charge(view, writes=writes, size=_declared_length(request))
        return True


def charge_operations(view: "APIView", count: int) -> None:
    """Charge the caller of a view for a call of `count` writes, one of which the throttle has taken already."""
    if count > 1:
        _charge(view, writes=count - 1, paid=1)


def _charge(view: "APIView", **cost: int) -> None:
    """Charge the caller and put the levels of the buckets into the answer's headers. Raises as `charge_writes`."""
    try:
        levels = charge_writes(view.request.user.pk, **cost)  # type: ignore[arg-type] # a known caller's
    except TooManyWrites as error:
        view.headers.update(rate_headers(error.levels))
        raise
    view.headers.update(rate_headers(levels))


def rate_headers(levels: Sequence[BucketLevel]) -> dict[str, str]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers-10, and three older ones for the scarcest bucket.

    `t` and RateLimit-Reset are the seconds until a bucket is full again; Retry-After is when a refused call can
    succeed.
    """
    if not levels:
        return {}
    scarcest = min(levels, key=lambda each: each.remaining / each.policy.burst)
    return {
        "RateLimit-Policy": ", ".join([_policy(each.policy) for each in levels]),
        "RateLimit": ", ".join(
            [f'"{each.policy.name}";r={each.remaining};t={each.full_in_seconds}' for each in levels]
        ),
        "RateLimit-Limit": str(scarcest.policy.burst),
        "RateLimit-Remaining": str(scarcest.remaining),
        "RateLimit-Reset": str(scarcest.full_in_seconds),
    }


@lru_cache(maxsize=8)
def _policy(policy: Policy) -> str:
    unit = ';qu="content-bytes"' if policy.name == "bytes" else ""
    return f'"{policy.name}";q={policy.burst};w={max(1, round(policy.span))}{unit}'


def _declared_length(request: Request) -> int:
    """Return the Content-Length; the server passes on no more than that."""
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_LENGTH_DIGITS else 0
