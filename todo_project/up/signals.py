"""SIGINT and SIGTERM, which may arrive twice: make forwards what the terminal sends to everyone anyway."""

import os
import signal
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from types import FrameType

SAME_SECONDS = 2.0


class StopRequests:
    """Turns signals and failures into one request to stop; a later second signal ends the process at once."""

    def __init__(
        self, *, force: Callable[[int], None] = os._exit, now: Callable[[], float] = monotonic
    ) -> None:
        self._requests: SimpleQueue[str] = SimpleQueue()  # its put() may be called from a signal handler
        self._first_at: float | None = None
        self._force = force
        self._now = now

    def listen(self) -> None:
        """Handle SIGINT and SIGTERM from now on; only the main thread may call this."""
        signal.signal(signal.SIGINT, self.on_signal)
        signal.signal(signal.SIGTERM, self.on_signal)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Ask to stop. Signals within two seconds of the first count as one; a later one forces the end."""
        if self._first_at is None:
            self._first_at = self._now()
            self._requests.put(signal.Signals(number).name)
        elif self._now() - self._first_at > SAME_SECONDS:
            self._force(128 + number)

    def ask(self, reason: str) -> None:
        """Ask to stop for another reason than a signal; from any thread."""
        self._requests.put(reason)

    def wait(self) -> str:
        """Return the reason of the first request, once there is one."""
        return self._requests.get()

    def pending(self) -> str | None:
        """Return the reason of a request that came already, else None."""
        try:
            return self._requests.get_nowait()
        except Empty:
            return None
