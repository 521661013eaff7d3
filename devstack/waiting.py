"""Waits for a condition instead of a fixed time, and measures among neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable

_POLL_SECONDS, _MOST_POLL_SECONDS = 0.05, 0.2
_SHARE_OF_WAIT = 0.05


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether `condition` becomes true within `seconds`; it is checked at least once.

    Checks are further apart the longer it waits: what comes late is seen a twentieth later, by fewer checks.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited >= seconds:
            return False
        time.sleep(min(max(_POLL_SECONDS, _SHARE_OF_WAIT * waited), _MOST_POLL_SECONDS))
    return True


def least(measure: Callable[[], float], *, below: float, tries: int = 3) -> float:
    """Return the smallest of at most `tries` measurements; the first one below the bound ends them.

    For times on a machine that others use too: what they do makes a measurement larger, never smaller.
    """
    smallest = measure()
    for _ in range(tries - 1):
        if smallest < below:
            break
        smallest = min(smallest, measure())
    return smallest
