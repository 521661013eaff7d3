"""The inbox of a process that a Dapr sidecar hands events: wake-ups wait in memory, one thread advances the consumers.

The sidecar makes one call after the other, so an answer that waited for the outcome would hold up all that follows. A
wake-up is only a hint: what a crash forgets here is in the log, and reconcile finds it within seconds.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Event, Lock, Thread
from time import monotonic

from django.db import connections
from pydantic import JsonValue

from events_app.consumers import registry
from events_app.consumers.hosting import hosted_consumers
from events_app.consumers.kernel import advance_together
from events_app.errors import FAILURES, describe_error
from events_app.runtime.crash import crash_point
from events_app.runtime.heartbeats import OLDEST_HINT
from events_app.runtime.watchdog import report_turn, watch_loop
from events_app.transports.news import News
from events_app.transports.wakeups import Wakeup
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import drop_broken_connection

MAX_WAITING = 10_000
_LOOK_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Inbox:
    """Keeps the highest number of each stream until it is applied. The first wake-up starts its thread.

    `advance` takes `{consumer: {stream_key: sequence}}` and returns how far the outcome is stored, by stream.
    """

    def __init__(
        self,
        consumers: Sequence[str],
        advance: Callable[[Mapping[str, Mapping[str, int]]], Mapping[str, int]] = advance_together,
        *,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._consumers = consumers
        self._advance = advance
        self._max_waiting = max_waiting
        self._news = News()
        self._waiting: dict[str, Wakeup] = {}
        self._taken: dict[str, Wakeup] = {}
        self._waiting_since = self._taken_since = 0.0
        self._changed = Condition()
        self._closed = Event()
        self._thread: Thread | None = None

    @property
    def waiting(self) -> int:
        """The number of streams whose wake-ups are here, those that are being applied included."""
        return len(self._waiting) + len(self._taken)

    @property
    def oldest_seconds(self) -> float:
        """For how long the oldest wake-up has waited."""
        with self._changed:
            since = self._taken_since if self._taken else self._waiting_since
            return monotonic() - since if self.waiting else 0.0

    def put(self, wakeups: Sequence[Wakeup]) -> bool:
        """Take wake-ups; return False, and take none, when they do not fit or the inbox is closed."""
        if not wakeups:
            return True
        with self._changed:
            if self._closed.is_set() or self.waiting + len(wakeups) > self._max_waiting:
                count("inbox.refused")
                return False
            if not self._waiting:
                self._waiting_since = monotonic()
            for wakeup in wakeups:
                self._waiting[wakeup.stream_key] = _later(wakeup, self._waiting.get(wakeup.stream_key))
            self._start()
            self._changed.notify()
        crash_point("inbox.after_put")
        return True

    def close(self, seconds: float) -> bool:
        """Take no more, and wait until what is here is applied; return False if that took too long or failed."""
        with self._changed:
            self._closed.set()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)
        return self.waiting == 0

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="inbox", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        failures = 0
        with watch_loop("the loop that empties the inbox"):
            while self._take():
                try:
                    self._apply()
                    failures = 0
                except FAILURES as error:  # nobody would start this thread again
                    failures += 1
                    if not self._postpone(error, failures):
                        break
        connections.close_all()

    def _apply(self) -> None:
        hints = self._news.fresh(self._taken.values())
        if hints:
            crash_point("inbox.before_advance")
            self._news.keep(self._advance(dict.fromkeys(self._consumers, hints)))
            crash_point("inbox.after_advance")

    def _take(self) -> bool:
        """Wait for wake-ups and take them all; return False when the inbox is closed and empty."""
        with self._changed:
            self._taken = {}
            while not (self._waiting or self._closed.is_set()):
                report_turn()
                self._changed.wait(_LOOK_SECONDS)
            self._taken, self._waiting = self._waiting, {}
            self._taken_since = self._waiting_since
        report_turn()
        return bool(self._taken)

    def _postpone(self, error: BaseException, failures: int) -> bool:
        """Wait and put wake-ups back; return False when the inbox is closed and leaves them to reconcile."""
        drop_broken_connection()
        count("inbox.failures")
        if failures == 1:
            logger.warning("%s wake-ups wait: %s", len(self._taken), describe_error(error, characters=300))
        pause = retry_seconds(failures, first=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS)
        is_closed = self._closed.wait(pause)
        with self._changed:
            for key, wakeup in self._waiting.items():
                self._taken[key] = _later(wakeup, self._taken.get(key))
            self._taken, self._waiting = {}, self._taken
            self._waiting_since = self._taken_since
        return not is_closed


def _later(one: Wakeup, other: Wakeup | None) -> Wakeup:
    """Return the one with the higher number; of two epochs, the first one given."""
    if other is None or other.epoch != one.epoch or one.sequence > other.sequence:
        return one
    return other


_inbox: Inbox | None = None
_creation = Lock()


def inbox() -> Inbox:
    """Return the inbox of this process, for the consumers that it hosts."""
    global _inbox  # noqa: PLW0603 - a process has one
    with _creation:
        if _inbox is None:
            hosted = hosted_consumers()
            bound = registry.consumers().items()
            _inbox = Inbox([name for name, one in bound if name in hosted and one.spec.topics])
        return _inbox


def describe_inbox() -> dict[str, JsonValue]:
    """Return what a heartbeat says of the inbox of this process: wake-ups, and for how long the oldest has waited."""
    waiting, seconds = (_inbox.waiting, _inbox.oldest_seconds) if _inbox is not None else (0, 0.0)
    return {"hints": waiting, OLDEST_HINT: round(seconds, 3)}


def close_inbox(seconds: float) -> bool:
    """Have the inbox of this process take no more and apply what it has, for at most `seconds`; return if it could."""
    if _inbox is None or _inbox.close(seconds):
        return True
    logger.warning("%s wake-ups are left to reconcile", _inbox.waiting)
    return False


def _forget_inbox() -> None:
    global _inbox, _creation
    _inbox, _creation = None, Lock()


os.register_at_fork(after_in_child=_forget_inbox)
