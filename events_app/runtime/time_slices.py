"""Time slices for sweeps that share a loop: a sweep checks before each part of its work whether its time is up."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from events_app.runtime.watchdog import report_turn


class TimeSlice:
    """The end of a sweep's time, and whether the sweep had to stop because of it."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds
        self._has_begun = False
        self.was_cut = False

    def is_up(self) -> bool:
        """Return whether the time is up; False before the first part, so that each slice makes progress."""
        is_first, self._has_begun = not self._has_begun, True
        if not is_first and monotonic() >= self._ends_at:
            self.was_cut = True
        return self.was_cut


_current: ContextVar[TimeSlice | None] = ContextVar("time_slice", default=None)


@contextmanager
def time_slice(seconds: float) -> Iterator[TimeSlice]:
    """Bound the time of the sweep that the block calls; yield the slice."""
    mine = TimeSlice(seconds)
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)


def is_time_up() -> bool:
    """Return whether a sweep should leave the rest to its next call; False outside a slice, as in Celery's jobs.

    A sweep calls it before each part of its work. It also reports progress to the watchdog.
    """
    report_turn()
    mine = _current.get()
    return mine is not None and mine.is_up()
