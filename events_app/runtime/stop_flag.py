"""A flag that SIGINT and SIGTERM set and that loops check."""

import os
import signal
from time import monotonic
from types import FrameType

SAME_SECONDS = 2.0


class StopFlag:
    """A flag that SIGINT or SIGTERM sets. A signal more than two seconds after the first ends the process at once.

    It is a plain attribute: a signal handler could deadlock on the lock of a `threading.Event`.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def listen(self) -> "StopFlag":
        """Install the handlers of both signals and return the flag; only the main thread may call this."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        return self

    def is_set(self) -> bool:
        """Return whether to stop."""
        return self._since is not None

    def set(self) -> None:
        """Set the flag, as a signal does."""
        self._since = self._since or monotonic()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._since is not None and monotonic() - self._since > SAME_SECONDS:
            os._exit(128 + number)
        self.set()
