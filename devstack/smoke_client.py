"""Calls to a deployed platform, with the standard library alone, and every wait within one time.

SmokeFailed              a step failed; one sentence says what was asked, answered and expected
├── NotYetAnswering      nothing answers, or a proxy for it: 502, 503, 504
└── NoWayIn              there is no account, and registration is closed
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from devstack.plain_socket import PlatformAddress

_POLL_SECONDS: Final = 0.2
_CALL_SECONDS: Final = 10.0
_TIDYING_SECONDS: Final = 10.0
_UNREACHED: Final = (502, 503, 504)
_Found = TypeVar("_Found")


class SmokeFailed(Exception):
    """A step failed; `str()` is one sentence."""


class NotYetAnswering(SmokeFailed):
    """Nothing answers, or a proxy says that it reached nobody."""


class NoWayIn(SmokeFailed):
    """There is no account to sign in with."""


@dataclass(frozen=True)
class HttpAnswer:
    """What a call was answered; `asked` is the call, for sentences."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def described(self) -> str:
        """Return the status with what explains it: where it leads, the detail of a problem, or the first words."""
        if "location" in self.headers:
            return f"{self.status}, which leads to {self.headers['location']}"
        try:
            told = json.loads(self.body)
        except ValueError:
            return f"{self.status}: {self.body[:80].decode(errors='replace').strip()!r}"
        return f"{self.status}: {_detail_of(told)}"

    def parsed(self, expect: int) -> Any:
        """Return the JSON, None without a body. Raises SmokeFailed for another status or no JSON."""
        if self.status != expect:
            kind = NotYetAnswering if self.status in _UNREACHED else SmokeFailed
            raise kind(f"{self.asked} answered {self.described()} (expected {expect})")
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            raise SmokeFailed(f"{self.asked} answered no JSON: {self.body[:80]!r}") from None


class SmokeClient:
    """Calls the platform as one person; every wait ends when the whole time is over."""

    def __init__(self, address: PlatformAddress, *, seconds: float) -> None:
        self.address = address
        self.access = ""
        self._ends_at = time.monotonic() + seconds

    def seconds_left(self, most: float = _CALL_SECONDS) -> float:
        """Return how long something may take. Raises SmokeFailed when the time is over."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise SmokeFailed("the whole time is over")
        return min(left, most)

    def allow_tidying(self) -> None:
        """Allow some seconds more, for what must be removed whatever has happened."""
        self._ends_at = max(self._ends_at, time.monotonic() + _TIDYING_SECONDS)

    def pause(self) -> None:
        """Wait as long as between two looks."""
        time.sleep(_POLL_SECONDS)

    def ask(self, method: str, path: str, body: object = None, *, key: str = "") -> HttpAnswer:
        """Return whatever is answered. Raises NotYetAnswering when nothing is."""
        headers = {"Host": self.address.host, "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {self.access}"} if self.access else {}
        headers |= {"Idempotency-Key": key} if key else {}
        data = None if body is None else json.dumps(body).encode()
        headers |= {} if body is None else {"Content-Type": "application/json"}
        asked, seconds = f"{method} {self.address.url}{path}", self.seconds_left()
        try:
            connection = http.client.HTTPConnection("unused", timeout=seconds)
            connection.sock = self.address.open_stream(seconds)
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return HttpAnswer(asked, answer.status, told, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise NotYetAnswering(f"{asked} got no answer: {error or type(error).__name__}") from None
        finally:
            connection.close()

    def call(self, method: str, path: str, body: object = None, *, expect: int = 200) -> Any:
        """Return the JSON of an expected answer. Raises SmokeFailed."""
        return self.ask(method, path, body).parsed(expect)

    def until(self, what: str, find: Callable[[], _Found | None], *, seconds: float) -> _Found:
        """Return what `find` finds first. Raises SmokeFailed with `what` when it finds nothing in time."""
        ends_at = time.monotonic() + self.seconds_left(seconds)
        while (found := find()) is None:
            if time.monotonic() >= ends_at:
                raise SmokeFailed(f"{what} within {seconds:g} s")
            self.pause()
        return found


def _detail_of(told: object) -> str:
    detail = told.get("detail", told) if isinstance(told, dict) else told
    return str(detail).rstrip(".")
