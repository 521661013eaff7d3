"""One attempt to send a message: it ends in time, and every error is an outcome."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import monotonic

from django.db import connections

from events_app.errors import describe_error
from events_app.runtime.watchdog import WatchedWork, name_work
from foundation.database.transactions import refuse_transaction
from notifications_app.channels.base import Channel, ChannelMessage, SendOutcome, TryLater
from notifications_app.reasons import Reason

SEND_SECONDS = 10.0
_STOP_SECONDS = 4.0
MOST_UNDER_WAY = 8
_LOOK_SECONDS = 0.1
_DETAIL_CHARACTERS = 200
TOO_SLOW = TryLater(Reason.SERVER_UNAVAILABLE, f"no answer within {SEND_SECONDS:g} s")
_TOO_MANY = TryLater(Reason.SENDER_BUSY, f"{MOST_UNDER_WAY} messages hang already")
STOPPED = TryLater(Reason.SENDER_STOPPED)

logger = logging.getLogger(__name__)
_free = threading.BoundedSemaphore(MOST_UNDER_WAY)


def never_stop() -> bool:
    """Return False: the default for `is_stopping`."""
    return False


def send_in_time(
    channel: Channel, message: ChannelMessage, *, is_stopping: Callable[[], bool] = never_stop
) -> SendOutcome:
    """Send the message through the channel as `attempt_in_time` does.

    An attempt that did not end in time has the report of the devices that had answered by then.
    """
    outcome = attempt_in_time(partial(channel.send, message), name=channel.name, is_stopping=is_stopping)
    if outcome is TOO_SLOW:
        outcome = TryLater(channel.unavailable, TOO_SLOW.detail)
    known = message.devices.so_far[-1:]
    return replace(outcome, devices=known[0]) if known and outcome.devices is None else outcome


def attempt_in_time(
    send: Callable[[], SendOutcome], *, name: str, is_stopping: Callable[[], bool] = never_stop
) -> SendOutcome:
    """Call `send` in a thread of its own and return the outcome, at the latest after SEND_SECONDS.

    Once `is_stopping()` is true it waits for four seconds more at most. A thread that has not finished by then is left
    running, so its message may still arrive; it is tried again under the same key. No exception of `send` is raised.
    Raises RuntimeError inside a transaction: all writers, or those of a user, would wait for a server outside.
    """
    refuse_transaction(
        "A message is never sent inside a transaction: its locks would wait for a server outside."
    )
    if not _free.acquire(blocking=False):
        return _TOO_MANY
    attempt = _Attempt(send, name)
    try:
        attempt.start()
    except RuntimeError as error:  # the system gives no more threads
        _free.release()
        return _failure(error)
    return _wait_for(attempt, is_stopping)


def _wait_for(attempt: "_Attempt", is_stopping: Callable[[], bool]) -> SendOutcome:
    too_late, ends_at = TOO_SLOW, monotonic() + SEND_SECONDS
    while not attempt.is_done.wait(min(_LOOK_SECONDS, max(0.0, ends_at - monotonic()))):
        if monotonic() >= ends_at:
            return too_late
        if is_stopping() and too_late is not STOPPED:
            too_late, ends_at = STOPPED, min(ends_at, monotonic() + _STOP_SECONDS)
    return attempt.outcome


class _Attempt(threading.Thread):
    """A daemon thread: a server that never answers must not keep the process from ending."""

    def __init__(self, send: Callable[[], SendOutcome], name: str) -> None:
        super().__init__(name=f"send-{name}", daemon=True)
        self.outcome: SendOutcome = TOO_SLOW
        self.is_done = threading.Event()
        self._work, self._place = send, _free

    def run(self) -> None:
        try:
            self.outcome = self._send()
        finally:
            connections.close_all()
            self._place.release()
            self.is_done.set()

    def _send(self) -> SendOutcome:
        try:
            # `_wait_for` and the connection (smtp.py) end after SEND_SECONDS; the watchdog ends what still hangs.
            with name_work(WatchedWork(f"an attempt at {self.name}")):
                outcome = self._work()
        except BaseException as error:  # it would be lost with this thread
            logger.exception("%s raised instead of answering.", self.name)
            return _failure(error)
        if not isinstance(outcome, SendOutcome):
            return TryLater(Reason.INTERNAL_ERROR, f"the channel answered with a {type(outcome).__name__}")
        return outcome


def _failure(error: BaseException) -> SendOutcome:
    return TryLater(Reason.INTERNAL_ERROR, describe_error(error, characters=_DETAIL_CHARACTERS))
