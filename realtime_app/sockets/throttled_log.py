"""Complaints about what goes on being wrong: said once in a while, counted each time."""

import logging
import threading
from time import monotonic
from typing import Final

from foundation.counters import count

SILENT_SECONDS: Final = 30.0

logger = logging.getLogger(__name__)
_said_at: dict[str, float] = {}
_lock = threading.Lock()


def warn_throttled(counter: str, what: str, error: BaseException) -> None:
    """Count under `realtime.<counter>`, and log unless that was done within SILENT_SECONDS."""
    count(f"realtime.{counter}")
    with _lock:
        is_news = monotonic() - _said_at.get(counter, float("-inf")) >= SILENT_SECONDS
        if is_news:
            _said_at[counter] = monotonic()
    if is_news:
        logger.warning("%s (%s: %s)", what, type(error).__name__, error)
