"""A bounded time for a sweep that shares its loop with others: it asks before each part whether it should go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from events_app.runtime.watchdog import report_turn


class TimeSlice:
    """Until when a sweep may begin parts of its work, and whether it was cut short."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds
        self._has_begun = False
        self.was_cut = False

    def ask(self) -> bool:
        """Return whether the time is up; never for the first part, so that each slice gets something done."""
        is_first, self._has_begun = not self._has_begun, True
        if not is_first and monotonic() >= self._ends_at:
            self.was_cut = True
        return self.was_cut


_current: ContextVar[TimeSlice | None] = ContextVar("time_slice", default=None)


@contextmanager
def time_slice(seconds: float) -> Iterator[TimeSlice]:
    """Bound the sweep that is called in the block."""
    mine = TimeSlice(seconds)
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)


def is_time_up() -> bool:
    """Return whether a sweep should leave the rest to its next call; never outside a slice, as in Celery's jobs.

    Asked before each part of a sweep, so the watchdog sees that it gets on.
    """
    report_turn()
    mine = _current.get()
    return mine is not None and mine.ask()
