"""Find streams in which a consumer is behind and failures whose retry is due, and advance the consumers.

Messages may be lost: this alone is enough for correctness. Any process may run it at any time; the engine's loop
does so by its own monotonic clock, and so does Celery beat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

from events_app.consumers.hangs import take_up_hangs
from events_app.consumers.kernel import advance
from events_app.consumers.kernel.advancing import no_limit
from events_app.consumers.kernel.cursors import cursor_states, due_retries
from events_app.consumers.registration import catch_up
from events_app.consumers.registry import consumers
from events_app.errors import ErrorCollector
from events_app.log.streams import STREAMS_PER_LOOK, mark_settled, unsettled_streams
from events_app.models import Consumer
from events_app.runtime.crash import crash_point

QUIET_SECONDS = 2.0


@dataclass
class ReconcileResult:
    """Counts of one pass: streams examined, streams moved, streams settled, due failures retried.

    `is_complete`: the pass reached the last stream within its time.
    """

    looked_at: int = 0
    moved: int = 0
    settled: int = 0
    retried: int = 0
    is_complete: bool = True


def _deadline(moment: float) -> Callable[[], bool]:
    return lambda: monotonic() >= moment


class Reconciler:
    """Walks all unsettled streams, for a bounded time at each call, and keeps its position between calls."""

    def __init__(self) -> None:
        self._position = 0
        self._turns = 0

    def run(self, *, quiet_seconds: float = QUIET_SECONDS, budget_seconds: float = inf) -> ReconcileResult:
        """Do the work of `reconcile` until it is complete or the time is over; the next call continues from there.

        Hung handlers, due failures and consumers that catch up get at most two thirds of the time, so that they
        cannot keep streams from reaching their heads. The first error of a part is raised after the other parts ran.
        """
        begun, done, errors = monotonic(), ReconcileResult(), ErrorCollector()
        self._position = 0 if budget_seconds == inf else self._position
        self._turns += 1
        with errors.collect():
            take_up_hangs(_deadline(begun + budget_seconds / 3))
        with errors.collect():
            done.retried = retry_due(_deadline(begun + budget_seconds / 3))
        with errors.collect():
            done.moved += catch_up(_deadline(begun + budget_seconds * 2 / 3))
        with errors.collect():
            self._advance_quiet_streams(done, quiet_seconds, _deadline(begun + budget_seconds))
        errors.raise_first()
        return done

    def _advance_quiet_streams(
        self, done: ReconcileResult, quiet_seconds: float, is_over: Callable[[], bool]
    ) -> None:
        """Advance consumers page by page, up to the first page that is not full.

        Another read would only find the few streams that have become quiet since.
        """
        is_full, began_at = True, self._position
        while is_full:
            streams = unsettled_streams(quiet_seconds=quiet_seconds, after_id=self._position)
            is_full = len(streams) == STREAMS_PER_LOOK
            self._position = streams[-1][0] if streams else 0
            self._advance_streams(streams, done, is_over)
            if is_over() and streams:
                done.is_complete = False
                return
        self._position = 0
        done.is_complete = began_at == 0

    def _advance_streams(
        self, streams: Sequence[tuple[int, str, int]], done: ReconcileResult, is_over: Callable[[], bool]
    ) -> None:
        if not streams:
            return
        hints = {key: head for _, key, head in streams}
        done.looked_at += len(streams)
        names, errors, has_moved = _live_consumers(), ErrorCollector(), False
        states = cursor_states([(name, key, head) for name in names for key, head in hints.items()])
        for at in range(len(names)):
            # Each pass begins with another consumer: the time may be over before the last one.
            name = names[(at + self._turns) % len(names)]
            behind = {each.key: each.wanted for each in states if each.consumer == name and each.is_behind}
            if has_moved and is_over():
                break
            with errors.collect():
                moved = advance(name, behind, skip_locked=True, is_over=is_over).streams
                done.moved, has_moved = done.moved + moved, has_moved or moved > 0
        crash_point("reconcile.before_settle")
        done.settled += mark_settled([(id_, head) for id_, _, head in streams], consumers=list(consumers()))
        errors.raise_first()


def reconcile(*, quiet_seconds: float = QUIET_SECONDS) -> ReconcileResult:
    """Advance each live consumer in the unsettled streams that have not moved for `quiet_seconds`.

    Before that, retry failures that are due, and advance consumers that catch up by one step. It may be repeated,
    and may run in many processes at once.
    """
    return Reconciler().run(quiet_seconds=quiet_seconds)


def retry_due(is_over: Callable[[], bool] = no_limit) -> int:
    """Advance at most 200 cursors whose stored failure is due for a retry; return how many were tried.

    Cursors of paused consumers, and of consumers that this release does not know, are left out. The first database
    error is raised after the other cursors were tried.
    """
    tried, errors = 0, ErrorCollector()
    for consumer, key, head in due_retries(list(consumers()), limit=STREAMS_PER_LOOK):
        if tried and is_over():
            break
        tried += 1
        with errors.collect():
            advance(consumer, {key: head}, skip_locked=True, is_over=is_over)
    errors.raise_first()
    return tried


def _live_consumers() -> list[str]:
    live = set(Consumer.objects.filter(state=Consumer.State.LIVE).values_list("name", flat=True))
    return [name for name in consumers() if name in live]
