"""Whether a main loop that is not ours still turns: gunicorn's arbiter, Celery's worker and beat, the reactor.

Our own loops are watched by the watchdog, which also ends their process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Pulse:
    """The turns of one loop. A loop that waits for a service is not late: another start would wait just as long."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._is_waiting = False
        self._turned_at = monotonic()

    def turn(self) -> None:
        """Report a turn of the loop."""
        self._turned_at = monotonic()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark that the loop waits for a service in the block."""
        self._is_waiting = True
        try:
            yield
        finally:
            self._is_waiting = False
            self.turn()

    def is_late(self, seconds: float) -> bool:
        """Return whether the last turn is longer ago than `seconds`."""
        return not self._is_waiting and monotonic() - self._turned_at > seconds
