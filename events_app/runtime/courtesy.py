"""Lets requests of this process go first: the engine waits for a moment in which none is being answered.

Python runs one thread at a time, so whatever the engine does while somebody waits for an answer makes them wait longer.
No turn of the engine is late by more than `LONGEST_PAUSE_WAIT_SECONDS` for it. What has gathered meanwhile is done in
one go, so that it also costs less.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

GAP_SECONDS: Final = 0.001
"""A client that goes on at once asks again sooner than this; then it is not a pause."""
LONGEST_PAUSE_WAIT_SECONDS: Final = 0.008
"""For a turn of the engine. Between its steps it waits for less: what a turn has begun, somebody may await."""
STEP_WAIT_SECONDS: Final = 0.002

_request_ended = threading.Condition()
_under_way = 0
_ended_at = 0.0


@contextmanager
def answering() -> Iterator[None]:
    """Count a request as being answered during the block."""
    global _under_way, _ended_at  # noqa: PLW0603 - one interpreter, one count
    with _request_ended:
        _under_way += 1
    try:
        yield
    finally:
        with _request_ended:
            _under_way -= 1
            _ended_at = monotonic()
            _request_ended.notify_all()


def wait_for_pause(
    longest_seconds: float = LONGEST_PAUSE_WAIT_SECONDS, *, unless: Callable[[], bool] = bool
) -> None:
    """Return as soon as no request has been answered for GAP_SECONDS, or after `longest_seconds`.

    It also returns once `unless` is true, which is asked at the end of each request.
    """
    until = monotonic() + longest_seconds
    with _request_ended:
        while (left := until - (now := monotonic())) > 0 and not unless():
            rest = _ended_at + GAP_SECONDS - now
            if not _under_way and rest <= 0:
                return
            _request_ended.wait(left if _under_way else min(rest, left))
