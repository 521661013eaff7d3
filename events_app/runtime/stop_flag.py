"""SIGINT and SIGTERM as a flag that loops look at."""

import os
import signal
from time import monotonic
from types import FrameType

SAME_SECONDS = 2.0


class StopFlag:
    """Set by SIGINT or SIGTERM; signals within two seconds of the first are one, a later one ends the process.

    A plain attribute instead of `threading.Event`, whose lock a handler could find held by its own thread.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def listen(self) -> "StopFlag":
        """Handle both signals from now on; only the main thread may call this."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        return self

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._since is not None

    def set(self) -> None:
        """Ask to stop."""
        self._since = self._since or monotonic()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._since is not None and monotonic() - self._since > SAME_SECONDS:
            os._exit(128 + number)
        self.set()
