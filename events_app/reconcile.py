"""Finds what no message woke: streams that some consumer is behind in, and failures whose time has come.

Correctness needs nothing but this, run now and then by anyone: the relay's loop on its own monotonic clock,
and Celery beat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

from events_app import sql
from events_app.crash import crash_point
from events_app.kernel import advance
from events_app.kernel.advancing import never
from events_app.models import Consumer
from events_app.registration import catch_up
from events_app.registry import consumers
from events_app.streams import STREAMS_PER_LOOK, settle, unsettled

QUIET_SECONDS = 2.0


@dataclass
class Reconciled:
    """What one pass did: streams looked at, streams moved, streams settled, due failures tried again."""

    looked_at: int = 0
    moved: int = 0
    settled: int = 0
    retried: int = 0


class Reconciler:
    """Goes round all that is unsettled, a bounded time at each call, and remembers where it was."""

    def __init__(self) -> None:
        self._position = 0

    def run(self, *, quiet_seconds: float = QUIET_SECONDS, budget_seconds: float = inf) -> Reconciled:
        """Do what `reconcile` does until it is done or the time is over; the next call goes on behind that."""
        deadline = monotonic() + budget_seconds

        def is_over() -> bool:
            return monotonic() >= deadline

        done = Reconciled()
        done.retried = retry_due(is_over)
        done.moved += catch_up(is_over)
        self._position = 0 if budget_seconds == inf else self._position
        while streams := unsettled(quiet_seconds=quiet_seconds, after_id=self._position):
            self._position = streams[-1][0]
            _bring_all(streams, done, is_over)
            if is_over():
                return done
        self._position = 0
        return done


def reconcile(*, quiet_seconds: float = QUIET_SECONDS) -> Reconciled:
    """Advance every live consumer in the streams that have not moved for `quiet_seconds` and are not settled.

    Before that, try stored failures whose time has come, and take consumers that are catching up a step
    further. Repeating, and running in many places at once, is harmless.
    """
    return Reconciler().run(quiet_seconds=quiet_seconds)


def _bring_all(
    streams: Sequence[tuple[int, str, int]], done: Reconciled, is_over: Callable[[], bool]
) -> None:
    hints = {key: head for _, key, head in streams}
    done.looked_at += len(streams)
    for name in _live_consumers():
        done.moved += advance(name, hints, skip_locked=True, is_over=is_over).streams
    crash_point("reconcile.before_settle")
    done.settled += settle([(id_, head) for id_, _, head in streams], consumers=list(consumers()))


def retry_due(is_over: Callable[[], bool] = never) -> int:
    """Run cursors whose stored failure is due again, at most 200; return how many there were.

    Those of paused consumers, and of consumers that this release does not know, are left where they are.
    """
    names = list(consumers())
    clock, clock_params = sql.now()
    rows = sql.fetch(
        "SELECT c.consumer, s.key, s.head FROM events_app_cursor c"
        " JOIN events_app_stream s ON s.id = c.stream_id"
        " JOIN events_app_consumer n ON n.name = c.consumer AND n.state <> 'paused'"
        f" WHERE c.retry_at IS NOT NULL AND c.retry_at <= {clock} AND c.consumer IN {sql.in_list(names)}"
        f" ORDER BY c.retry_at LIMIT {STREAMS_PER_LOOK}",
        [*clock_params, *names],
    )
    for consumer, key, head in rows:
        advance(consumer, {key: head}, skip_locked=True, is_over=is_over)
    return len(rows)


def _live_consumers() -> list[str]:
    live = set(Consumer.objects.filter(state=Consumer.State.LIVE).values_list("name", flat=True))
    return [name for name in consumers() if name in live]
