"""Finds what no message woke: streams that some consumer is behind in, and failures whose time has come.

Correctness needs nothing but this, run now and then by anyone: the relay's loop on its own monotonic clock,
and Celery beat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

from events_app.consumers.hangs import take_up_hangs
from events_app.consumers.kernel import advance
from events_app.consumers.kernel.advancing import no_limit
from events_app.consumers.kernel.cursors import due_retries
from events_app.consumers.registration import catch_up
from events_app.consumers.registry import consumers
from events_app.errors import ErrorCollector
from events_app.log.streams import STREAMS_PER_LOOK, mark_settled, unsettled_streams
from events_app.models import Consumer
from events_app.runtime.crash import crash_point

QUIET_SECONDS = 2.0


@dataclass
class ReconcileResult:
    """What one pass did: streams looked at, streams moved, streams settled, due failures tried again.

    `is_complete`: the time was enough.
    """

    looked_at: int = 0
    moved: int = 0
    settled: int = 0
    retried: int = 0
    is_complete: bool = True


def _over_at(moment: float) -> Callable[[], bool]:
    return lambda: monotonic() >= moment


class Reconciler:
    """Goes round all that is unsettled, a bounded time at each call, and remembers where it was."""

    def __init__(self) -> None:
        self._position = 0
        self._turns = 0

    def run(self, *, quiet_seconds: float = QUIET_SECONDS, budget_seconds: float = inf) -> ReconcileResult:
        """Do what `reconcile` does until it is done or the time is over; the next call goes on behind that.

        What hung, failures that are due and consumers that catch up get two thirds of the time at most: none may keep
        streams from being brought to their heads. What one part raises is raised after the others
        had their turn.
        """
        begun, done, errors = monotonic(), ReconcileResult(), ErrorCollector()
        self._position = 0 if budget_seconds == inf else self._position
        self._turns += 1
        with errors.collect():
            take_up_hangs(_over_at(begun + budget_seconds / 3))
        with errors.collect():
            done.retried = retry_due(_over_at(begun + budget_seconds / 3))
        with errors.collect():
            done.moved += catch_up(_over_at(begun + budget_seconds * 2 / 3))
        with errors.collect():
            self._advance_quiet_streams(done, quiet_seconds, _over_at(begun + budget_seconds))
        errors.raise_first()
        return done

    def _advance_quiet_streams(
        self, done: ReconcileResult, quiet_seconds: float, is_over: Callable[[], bool]
    ) -> None:
        """Stop after a look that was not full: another would find the few that have become quiet since."""
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
        names, errors = _live_consumers(), ErrorCollector()
        for at in range(len(names)):
            # Each time another one comes first: the time may be over before the last.
            name = names[(at + self._turns) % len(names)]
            with errors.collect():
                done.moved += advance(name, hints, skip_locked=True, is_over=is_over).streams
        crash_point("reconcile.before_settle")
        done.settled += mark_settled([(id_, head) for id_, _, head in streams], consumers=list(consumers()))
        errors.raise_first()


def reconcile(*, quiet_seconds: float = QUIET_SECONDS) -> ReconcileResult:
    """Advance every live consumer in the streams that have not moved for `quiet_seconds` and are not settled.

    Before that, try stored failures whose time has come, and take consumers that are catching up a step
    further. Repeating, and running in many places at once, is harmless.
    """
    return Reconciler().run(quiet_seconds=quiet_seconds)


def retry_due(is_over: Callable[[], bool] = no_limit) -> int:
    """Run cursors whose stored failure is due again, at most 200; return how many were tried.

    Those of paused consumers, and of consumers that this release does not know, are left where they are. What
    the database refuses for one is raised after the others had their turn.
    """
    tried, errors = 0, ErrorCollector()
    for consumer, key, head in due_retries(list(consumers()), limit=STREAMS_PER_LOOK):
        if is_over():
            break
        tried += 1
        with errors.collect():
            advance(consumer, {key: head}, skip_locked=True, is_over=is_over)
    errors.raise_first()
    return tried


def _live_consumers() -> list[str]:
    live = set(Consumer.objects.filter(state=Consumer.State.LIVE).values_list("name", flat=True))
    return [name for name in consumers() if name in live]
