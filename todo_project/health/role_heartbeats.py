"""Heartbeats of roles that have no loop of ours: web workers, Celery's worker and beat.

The relay, the consumers and the sockets report themselves from their own loops.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection
from pydantic import JsonValue

from events_app.errors import FAILURES, describe_error
from events_app.runtime.heartbeats import BEAT_SECONDS, beat, retire

Detail = dict[str, JsonValue]
logger = logging.getLogger(__name__)


def report_role(role: str, detail: Detail | None = None) -> None:
    """Write one sign of life; a database that is away is logged and tried again at the next beat.

    SystemExit is not caught: with it Celery's handlers of signals end a role, amid whatever its main thread does.
    """
    _write(role, lambda: beat(role, detail), caught=(Exception,))


def retire_role(role: str) -> None:
    """Take this process's sign of life away, for an orderly end."""
    _write(role, lambda: retire(role), caught=(Exception,))


def _write(role: str, change: Callable[[], None], *, caught: tuple[type[BaseException], ...]) -> None:
    try:
        try:
            change()
        finally:
            connection.close()  # beats are rare: a connection of their own would mostly idle
    except caught as error:  # whoever reports has other things to do
        logger.warning("The heartbeat of %s could not be written: %s", role, describe_error(error))


class ThrottledHeartbeat:
    """At most one report each `BEAT_SECONDS`, for loops that turn more often; `describe` gives its detail."""

    def __init__(self, role: str, describe: Callable[[], Detail] = dict) -> None:
        self._role = role
        self._describe = describe
        self._next_at = float("-inf")

    def report_if_due(self) -> None:
        """Report if it is time."""
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + BEAT_SECONDS
            report_role(self._role, self._describe())


class HeartbeatThread(threading.Thread):
    """A thread that reports `role` until `stop()`: proves that the process lives, not that it answers."""

    def __init__(self, role: str, detail: Detail | None = None) -> None:
        super().__init__(name=f"heartbeat-{role}", daemon=True)
        self._role = role
        self._detail = detail
        self._stopping = threading.Event()

    def run(self) -> None:
        """Report now and every `BEAT_SECONDS`."""
        while not self._stopping.is_set():
            _write(self._role, lambda: beat(self._role, self._detail), caught=FAILURES)
            self._stopping.wait(BEAT_SECONDS)
        retire_role(self._role)

    def stop(self) -> None:
        """Leave the role, at the latest in two seconds: longer the database does not keep anyone waiting."""
        self._stopping.set()
        if self.is_alive():
            self.join(2)
