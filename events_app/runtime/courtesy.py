"""Lets requests of this process go first: the engine waits for a moment in which none is being answered.

Python runs one thread at a time, so whatever the engine does while somebody waits for an answer makes them wait longer.
No turn of the engine is late by more than `LONGEST_PAUSE_WAIT_SECONDS` for it. What has gathered meanwhile is done in
one go, so that it also costs less.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Final

GAP_SECONDS: Final = 0.001
"""A client that goes on at once asks again sooner than this; then it is not a pause."""
LONGEST_PAUSE_WAIT_SECONDS: Final = 0.008
"""For a turn of the engine. Between its steps it waits for less: what a turn has begun, somebody may await."""
STEP_WAIT_SECONDS: Final = 0.002

_lock = threading.Lock()
_nobody = threading.Event()
_nobody.set()
_under_way = 0
_ended_at = 0.0


@contextmanager
def answering() -> Iterator[None]:
    """Count a request as being answered during the block."""
    global _under_way, _ended_at  # noqa: PLW0603 - one interpreter, one count
    with _lock:
        _under_way += 1
        _nobody.clear()
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1
            if not _under_way:
                _ended_at = monotonic()
                _nobody.set()


def wait_for_pause(longest_seconds: float = LONGEST_PAUSE_WAIT_SECONDS) -> None:
    """Return as soon as no request has been answered for GAP_SECONDS, or after `longest_seconds`."""
    until = monotonic() + longest_seconds
    while (left := until - monotonic()) > 0:
        if not _nobody.wait(left):
            return
        rest = _ended_at + GAP_SECONDS - monotonic()
        if rest <= 0:
            return
        sleep(min(rest, left))
