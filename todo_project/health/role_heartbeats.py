"""Heartbeats of roles whose main loop is not ours: web workers, Celery's worker and beat.

The relay, the consumers, the sender and the sockets write theirs from their own loops.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection
from pydantic import JsonValue

from events_app.errors import FAILURES, describe_error
from events_app.runtime.essentials import wait_for_essentials
from events_app.runtime.heartbeats import BEAT_SECONDS, beat, retire
from events_app.transports.inbox import describe_inbox
from todo_project.health.readiness import is_receiver

Detail = dict[str, JsonValue]
logger = logging.getLogger(__name__)


def report_role(role: str, detail: Detail | None = None) -> None:
    """Write one heartbeat. When the database does not answer, log it; the next heartbeat tries again.

    SystemExit is not caught: Celery's signal handlers raise it to end a role, at any point of its main thread.
    """
    _write(role, lambda: beat(role, detail), caught=(Exception,))


def retire_role(role: str) -> None:
    """Delete this process's heartbeat of the role, when it stops in order."""
    _write(role, lambda: retire(role), caught=(Exception,))


def _write(role: str, change: Callable[[], None], *, caught: tuple[type[BaseException], ...]) -> None:
    try:
        try:
            change()
        finally:
            connection.close()  # heartbeats are rare: an open connection would be idle most of the time
    except caught as error:  # the caller's own work must go on
        logger.warning("The heartbeat of %s could not be written: %s", role, describe_error(error))


def describe_receiver(role: str) -> Detail:
    """Return what the heartbeat of a receiver says of its inbox; of another role, nothing."""
    return describe_inbox() if is_receiver(role) else {}


class ThrottledHeartbeat:
    """Writes at most one heartbeat every `BEAT_SECONDS`, however often it is asked; `describe` returns its detail."""

    def __init__(self, role: str, describe: Callable[[], Detail] = dict) -> None:
        self._role = role
        self._describe = describe
        self._next_at = float("-inf")

    def report_if_due(self) -> None:
        """Write a heartbeat when the last one is `BEAT_SECONDS` old."""
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + BEAT_SECONDS
            report_role(self._role, self._describe())


class HeartbeatThread(threading.Thread):
    """A thread that writes heartbeats of `role` until `stop()`; they show that the process lives.

    `describe` returns the detail of each.
    """

    def __init__(self, role: str, describe: Callable[[], Detail] = dict) -> None:
        super().__init__(name=f"heartbeat-{role}", daemon=True)
        self._role = role
        self._describe = describe
        self._stopping = threading.Event()

    def run(self) -> None:
        """Write a heartbeat every `BEAT_SECONDS`, once there are tables for it."""
        if not wait_for_essentials(self._stopping.is_set):
            return
        while not self._stopping.is_set():
            _write(self._role, lambda: beat(self._role, self._describe()), caught=FAILURES)
            self._stopping.wait(BEAT_SECONDS)
        retire_role(self._role)

    def stop(self) -> None:
        """Delete the heartbeat and end the thread. Wait at most two seconds, also when the database does not answer."""
        self._stopping.set()
        if self.is_alive():
            self.join(2)
