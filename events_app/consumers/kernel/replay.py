"""Apply events again on request. That is harmless, because each handler is idempotent."""

from collections.abc import Iterator

from events_app.consumers.kernel.advancing import call_after_commit
from events_app.consumers.kernel.batch import apply_events
from events_app.consumers.kernel.cursors import create_cursors, lock_cursors
from events_app.consumers.registry import AppliedRange, BoundConsumer
from events_app.consumers.registry import consumer as find_consumer
from events_app.contracts import CLOSED, stream_key
from events_app.log.read import SeqRange, read_ranges
from events_app.models import Stream
from foundation.database.transactions import write_transaction

EVENTS_PER_TRANSACTION = 500


def replay(
    consumer: str, *, user_id: int | None = None, first: int = 1, last: int | None = None
) -> Iterator[tuple[str, int]]:
    """Call a consumer's handler with events again; yield (stream key, number of events) after each stream.

    `first` and `last` bound the sequence numbers. Only events that the consumer has passed are repeated, and its
    cursor does not move. Raises HandlerFailed, which rolls back the current 500 events.
    """
    bound = find_consumer(consumer)
    streams = Stream.objects.exclude(key__startswith=CLOSED).order_by("id")
    if user_id is not None:
        streams = streams.filter(key=stream_key(user_id))
    for stream_id, key in streams.values_list("id", "key").iterator(chunk_size=500):
        yield key, _replay_stream(bound, SeqRange(stream_id, key, first - 1, last or 2**62))


def _replay_stream(bound: BoundConsumer, wanted: SeqRange) -> int:
    applied, after = 0, wanted.after
    while True:
        with write_transaction():
            place = bound.spec.name, wanted.stream_id
            create_cursors([place])
            cursor = lock_cursors([place], skip_locked=False)[place]
            to = min(cursor.seq, wanted.to, after + EVENTS_PER_TRANSACTION)
            if to <= after:
                return applied
            part = SeqRange(wanted.stream_id, wanted.key, after, to)
            events = read_ranges([part], types=bound.spec.wants).get(wanted.stream_id, [])
            apply_events(bound, events, singly=False)
        if bound.spec.replays_after_commit:
            call_after_commit(bound, [AppliedRange(wanted.key, after, to, tuple(events))])
        applied, after = applied + len(events), to
