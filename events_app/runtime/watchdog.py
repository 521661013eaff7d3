"""Ends a process in which a loop no longer turns, and names the handler and the event, or the sweep, that it is in.

Whoever runs handlers or sweeps says so: a loop with `watch_loop` and `report_turn`; what works in it, or in a thread
without a loop, with `name_work`. Each begin and end of such work is a turn, as is each part of it that reports one:
long work is not ended while it gets on. A statement that hangs is ended by PostgreSQL's `statement_timeout`, which is
an ordinary failure of its handler.
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

from django.conf import settings

from events_app.contracts import RecordedEvent
from events_app.errors import FAILURES
from events_app.runtime.hang_notes import keep_notes

_LOOK_SECONDS = 0.5
_NOTE_SECONDS = 5.0
_FRAMES = 12
_EXIT_CODE = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchedWork:
    """What a thread is at: the handler of a consumer and its events, or else by its name what has no events."""

    name: str
    consumer: str = ""
    events: Sequence[RecordedEvent] = ()

    def __str__(self) -> str:
        if not self.events:
            return self.name
        first, more = self.events[0], len(self.events) - 1
        event = f"{first.type} {first.stream_key}/{first.seq} ({first.event_id})"
        return f"{self.name} at {event}" + (f" and {more} more" if more else "")


class Loop:
    """One thread's loop: how often it has turned, what it is at, and since when the watchdog has seen no turn."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.thread_id = threading.get_ident()
        self.turns = 0
        self.work: WatchedWork | None = None
        self.seen_turns = -1
        self.idle_seconds = 0.0

    def __str__(self) -> str:
        return f"{self.name}, in {self.work}" if self.work else self.name


def exit_process() -> None:
    """End this process at once, as a crash would."""
    os._exit(_EXIT_CODE)


class Watchdog:
    """Looks at every loop twice a second, on a clock of its own that stands still while the process does."""

    def __init__(self) -> None:
        self.end: Callable[[], object] = exit_process
        self._lock = threading.Lock()
        self._loops: set[Loop] = set()
        self._has_thread = False

    def add(self, loop: Loop) -> None:
        """Watch a loop; the first one starts the thread."""
        with self._lock:
            self._loops.add(loop)
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def remove(self, loop: Loop) -> None:
        """Watch a loop no longer."""
        with self._lock:
            self._loops.discard(loop)

    def idle_loops(self, seconds: float) -> list[Loop]:
        """Return the loops that have not turned for so long."""
        with self._lock:
            return [loop for loop in self._loops if loop.idle_seconds >= seconds]

    def look(self, elapsed: float) -> None:
        """Count the seconds since the last look for each loop that has not turned since."""
        with self._lock:
            for loop in self._loops:
                has_turned = loop.turns != loop.seen_turns
                loop.seen_turns = loop.turns
                loop.idle_seconds = 0.0 if has_turned else loop.idle_seconds + elapsed

    def _run(self) -> None:
        looked_at = monotonic()
        while True:
            sleep(_LOOK_SECONDS)
            # A process that was stopped, or a machine that slept, has not hung meanwhile.
            self.look(min(monotonic() - looked_at, 2 * _LOOK_SECONDS))
            looked_at = monotonic()
            if hanging := self.idle_loops(settings.HANG_ENDS_PROCESS_SECONDS):
                self._end_process(hanging)

    def _end_process(self, hanging: Sequence[Loop]) -> None:
        try:
            for loop in hanging:
                _log(loop)
            _keep_in_time([loop.work for loop in hanging if loop.work and loop.work.events])
        except FAILURES:
            logger.exception("What hangs could not be noted.")
        finally:
            self.end()


watchdog = Watchdog()
_of_thread = threading.local()


def _begin_anew() -> None:
    """A fork has none of the threads, and none of the loops, of the process that it is a copy of."""
    global watchdog
    watchdog, _of_thread.loop = Watchdog(), None


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def watch_loop(name: str) -> Iterator[None]:
    """Watch the loop that this thread runs in the block; one inside another loop is a turn of that."""
    outer = _loop_here()
    mine = _of_thread.loop = Loop(name)
    watchdog.add(mine)
    try:
        yield
    finally:
        watchdog.remove(mine)
        _of_thread.loop = outer
        report_turn()


def report_turn() -> None:
    """Say that this thread's loop gets on; outside of any loop do nothing."""
    loop = _loop_here()
    if loop is not None:
        loop.turns += 1


@contextmanager
def name_work(work: WatchedWork) -> Iterator[None]:
    """Say what this thread is at in the block; where it runs no loop, it is watched for as long."""
    loop = _loop_here()
    if loop is None:
        with watch_loop(threading.current_thread().name), name_work(work):
            yield
        return
    outer, loop.work = loop.work, work
    loop.turns += 1
    try:
        yield
    finally:
        loop.work = outer
        loop.turns += 1


def end_process_by(end: Callable[[], object]) -> None:
    """Let `end`, which does not return, end this process once something hangs, instead of an exit with code 1."""
    watchdog.end = end


def describe_hangs() -> list[str]:
    """Return the names of the work, or of the loops, that make this process unhealthy; none while all is well."""
    idle = watchdog.idle_loops(settings.HANG_IS_UNHEALTHY_SECONDS)
    return sorted({loop.work.name if loop.work else loop.name for loop in idle})


def _loop_here() -> Loop | None:
    loop: Loop | None = getattr(_of_thread, "loop", None)
    return loop


def _log(loop: Loop) -> None:
    event = loop.work.events[0] if loop.work and loop.work.events else None
    logger.critical(
        "%s has not turned for %.0f s: the process ends. It stands at %s",
        loop, loop.idle_seconds, _place_of(loop), extra={"user_id": event.user_id} if event else {},
    )  # fmt: skip


def _place_of(loop: Loop) -> str:
    """Return the innermost frames of the thread, the innermost first."""
    frames = traceback.extract_stack(sys._current_frames().get(loop.thread_id))[-_FRAMES:]
    return " < ".join(f"{at.filename}:{at.lineno} {at.name}" for at in reversed(frames))


def _keep_in_time(hanging: Sequence[WatchedWork]) -> None:
    """Note the events, in a thread with a connection of its own: a database that hangs as well is not waited for."""
    if not hanging:
        return

    def keep() -> None:
        for work in hanging:
            keep_notes(work.consumer, work.events, reason=f"{work.name} did not return in time")

    thread = threading.Thread(target=keep, name="hang-notes", daemon=True)
    thread.start()
    thread.join(_NOTE_SECONDS)
    if thread.is_alive():
        logger.error("The events could not be noted in %g s.", _NOTE_SECONDS)
