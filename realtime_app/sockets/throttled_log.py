"""Warnings about errors that repeat: each is counted, and logged at most every SILENT_SECONDS."""

import logging
import threading
from time import monotonic
from typing import Final

from foundation.counters import count

SILENT_SECONDS: Final = 30.0

logger = logging.getLogger(__name__)
_logged_at: dict[str, float] = {}
_lock = threading.Lock()


def warn_throttled(counter: str, what: str, error: BaseException) -> None:
    """Count the error as `realtime.<counter>`, and log it unless that was done in the last SILENT_SECONDS."""
    count(f"realtime.{counter}")
    with _lock:
        is_due = monotonic() - _logged_at.get(counter, float("-inf")) >= SILENT_SECONDS
        if is_due:
            _logged_at[counter] = monotonic()
    if is_due:
        logger.warning("%s (%s: %s)", what, type(error).__name__, error)


def warn_not_listening(error: BaseException) -> None:
    """Warn that pushes do not arrive."""
    warn_throttled("listen_errors", "Sockets can not listen for pushes; they watch the log", error)


class ListenErrors(logging.Filter):
    """Warns in place of channels_redis, which logs a traceback every second while Redis is away."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to keep the record: those without an error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            warn_not_listening(error)
        return error is None
