"""The watchdog: it ends a process in which a loop hangs, and logs the handler and event, or the sweep, that hangs.

A loop registers with `watch_loop` and reports each turn with `report_turn`. Work in a loop, or in a thread without
one, is named with `name_work`. The begin and end of named work are turns, and long work reports turns between its
parts, so that it is not ended while it makes progress. PostgreSQL's `statement_timeout` ends a statement that hangs,
which is an ordinary failure of the handler.
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
    """The current work of a thread: a consumer's handler with its events, or other work that has only a name."""

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
    """The loop of one thread: its number of turns, its current work, and how long it has been idle.

    `seen_turns` and `idle_seconds` belong to the watchdog's thread.
    """

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
    """Exit this process at once with code 1, without cleanup."""
    os._exit(_EXIT_CODE)


class Watchdog:
    """Checks all loops twice a second. Time during which the whole process is stopped does not count."""

    def __init__(self) -> None:
        self.end: Callable[[], object] = exit_process
        self._lock = threading.Lock()
        self._loops: set[Loop] = set()
        self._has_thread = False

    def add(self, loop: Loop) -> None:
        """Watch a loop; the first call starts the thread."""
        with self._lock:
            self._loops.add(loop)
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def remove(self, loop: Loop) -> None:
        """Stop watching a loop."""
        with self._lock:
            self._loops.discard(loop)

    def idle_loops(self, seconds: float) -> list[Loop]:
        """Return the loops that have not turned for `seconds`."""
        with self._lock:
            return [loop for loop in self._loops if loop.idle_seconds >= seconds]

    def check_loops(self, elapsed: float) -> None:
        """Add `elapsed`, the seconds since the last check, to the idle time of each loop that has not turned since."""
        with self._lock:
            for loop in self._loops:
                has_turned = loop.turns != loop.seen_turns
                loop.seen_turns = loop.turns
                loop.idle_seconds = 0.0 if has_turned else loop.idle_seconds + elapsed

    def _run(self) -> None:
        checked_at = monotonic()
        while True:
            sleep(_LOOK_SECONDS)
            # Bounded: while the process was stopped, or the machine slept, no loop could turn.
            self.check_loops(min(monotonic() - checked_at, 2 * _LOOK_SECONDS))
            checked_at = monotonic()
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
_thread_state = threading.local()


def _reset_after_fork() -> None:
    """Replace the watchdog in a forked process, which has none of its parent's threads and loops."""
    global watchdog
    watchdog, _thread_state.loop = Watchdog(), None


os.register_at_fork(after_in_child=_reset_after_fork)


@contextmanager
def watch_loop(name: str) -> Iterator[None]:
    """Watch the loop that this thread runs in the block; the end of a nested loop is a turn of the outer one."""
    outer = _current_loop()
    mine = _thread_state.loop = Loop(name)
    watchdog.add(mine)
    try:
        yield
    finally:
        watchdog.remove(mine)
        _thread_state.loop = outer
        report_turn()


def report_turn() -> None:
    """Report a turn of this thread's loop; outside of any loop do nothing."""
    loop = _current_loop()
    if loop is not None:
        loop.turns += 1


@contextmanager
def name_work(work: WatchedWork) -> Iterator[None]:
    """Name the work of this thread in the block; a thread without a loop is watched for that time."""
    loop = _current_loop()
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
    """Use `end`, which must not return, to end this process when a loop hangs, instead of an exit with code 1."""
    watchdog.end = end


def describe_hangs(seconds: float | None = None) -> list[str]:
    """Return the names of work, or of loops, idle for `seconds`; by default for so long that this is unhealthy."""
    idle = watchdog.idle_loops(settings.HANG_IS_UNHEALTHY_SECONDS if seconds is None else seconds)
    return sorted({loop.work.name if loop.work else loop.name for loop in idle})


def _current_loop() -> Loop | None:
    loop: Loop | None = getattr(_thread_state, "loop", None)
    return loop


def _log(loop: Loop) -> None:
    event = loop.work.events[0] if loop.work and loop.work.events else None
    logger.critical(
        "%s has not turned for %.0f s: the process ends. It stands at %s",
        loop, loop.idle_seconds, _place_of(loop), extra={"user_id": event.user_id} if event else {},
    )  # fmt: skip


def _place_of(loop: Loop) -> str:
    """Return the innermost frames of the loop's thread, innermost first."""
    frames = traceback.extract_stack(sys._current_frames().get(loop.thread_id))[-_FRAMES:]
    return " < ".join(f"{at.filename}:{at.lineno} {at.name}" for at in reversed(frames))


def _keep_in_time(hanging: Sequence[WatchedWork]) -> None:
    """Store hang notes in another thread, with its own connection, so as to stop waiting if the database hangs too."""
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
