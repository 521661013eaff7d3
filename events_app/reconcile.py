"""Finds what no message woke: streams that some consumer is behind in, and failures whose time has come.

Correctness needs nothing but this, run now and then by anyone: the relay's loop on its own monotonic clock,
and Celery beat.
"""

from dataclasses import dataclass

from events_app import sql
from events_app.crash import crash_point
from events_app.kernel import advance
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


def reconcile(*, quiet_seconds: float = QUIET_SECONDS) -> Reconciled:
    """Advance every live consumer in the streams that have not moved for `quiet_seconds` and are not settled.

    Then tries stored failures whose time has come, and takes consumers that are catching up a step further.
    Repeating, and running in many places at once, is harmless.
    """
    done = Reconciled()
    done.retried = retry_due()
    done.moved += catch_up()
    live = _live_consumers()
    position = 0
    while streams := unsettled(quiet_seconds=quiet_seconds, after_id=position):
        position = streams[-1][0]
        done.looked_at += len(streams)
        done.moved += sum(_bring(name, {key: head for _, key, head in streams}) for name in live)
        crash_point("reconcile.before_settle")
        done.settled += settle([(id_, head) for id_, _, head in streams], consumers=list(consumers()))
    return done


def retry_due() -> int:
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
        _bring(consumer, {key: head})
    return len(rows)


def _live_consumers() -> list[str]:
    live = set(Consumer.objects.filter(state=Consumer.State.LIVE).values_list("name", flat=True))
    return [name for name in consumers() if name in live]


def _bring(consumer: str, hints: dict[str, int]) -> int:
    return advance(consumer, hints, skip_locked=True).streams
