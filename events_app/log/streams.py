"""Stream rows in bulk: find unpublished and unsettled streams, and mark them without waiting for writers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from events_app.log import epochs, statements
from foundation.database import sql
from foundation.database.sessions import WITHOUT_FLUSH, database_vendor
from foundation.database.transactions import write_transaction

STREAMS_PER_LOOK = 200
LANES = 16
LAST_ID = 2**63 - 1
# The position of a consumer that catches up and has walked all streams: from then on streams settle only after it.
WALKED = 2**62
NEWCOMER_SECONDS = 86_400.0


@dataclass(frozen=True)
class UnpublishedStream:
    """A stream with events that the relay has not sent."""

    stream_id: int
    key: str
    head: int
    published: int
    epoch: str


def unpublished_streams(
    lanes: Collection[int], *, after_id: int, up_to: int | None = None
) -> list[UnpublishedStream]:
    """Return at most 200 unpublished streams of these lanes with `after_id < id <= up_to`, in id order.

    Streams that wait for a retry are left out. It reads the partial index: cost follows the backlog.
    """
    if not lanes:
        return []
    last_id = LAST_ID if up_to is None else up_to
    rows = sql.fetch(
        *statements.select_unpublished(
            lanes, lane_count=LANES, after_id=after_id, up_to=last_id, limit=STREAMS_PER_LOOK
        )
    )
    return [
        # Only an emptied database has no epoch yet.
        UnpublishedStream(stream_id, key, head, published, epoch or epochs.current_epoch())
        for stream_id, key, head, published, epoch in rows
    ]


def last_unpublished_stream(lanes: Collection[int]) -> int | None:
    """Return the highest id of the streams that `unpublished_streams` would return without its limit, or None."""
    if not lanes:
        return None
    rows = sql.fetch(*statements.select_last_unpublished(lanes, lane_count=LANES))
    return rows[0][0] if rows else None


def lock_unlocked_streams(stream_ids: Collection[int]) -> set[int]:
    """Lock those streams that nobody else has locked, in id order, and return their ids.

    The COMMIT of this transaction does not wait for the disk: a crash of PostgreSQL may undo it, and what was marked
    is then done again.
    """
    begin = [(WITHOUT_FLUSH, ())] if database_vendor() == "postgresql" else []
    return {
        stream_id for (stream_id,) in sql.run_together([*begin, statements.lock_free_streams(stream_ids)])
    }


def mark_published(sent: Mapping[int, int], *, epoch: str) -> set[int]:
    """Store how far each stream, by id, has been sent, never backwards. Return the ids that were marked.

    Streams that a writer has locked are skipped: the caller keeps them and calls again. Numbers of an earlier epoch
    than the current one are not stored: they meant other events.
    """
    if not sent:
        return set()
    with write_transaction():
        locked = lock_unlocked_streams(sent)
        if not locked:
            return set()
        numbers = [(stream_id, sent[stream_id]) for stream_id in sorted(locked)]
        sql.run_by_commit([statements.update_published(numbers, epoch=epoch)])
    return locked


def unsettled_streams(*, quiet_seconds: float, after_id: int) -> list[tuple[int, str, int]]:
    """Return at most 200 unsettled streams (id, key, head) that have not moved for `quiet_seconds`."""
    statement = statements.select_unsettled(
        quiet_seconds=quiet_seconds, after_id=after_id, limit=STREAMS_PER_LOOK
    )
    return [(stream_id, key, head) for stream_id, key, head in sql.fetch(*statement)]


def mark_settled(heads: Sequence[tuple[int, int]], *, consumers: Collection[str]) -> int:
    """Mark streams (id, head) as settled where each live consumer is at that head, waits or is blocked.

    Returns how many were marked. A consumer that is about to go live counts as live. One that is not in `consumers`
    counts for a day: a newer release may have registered it, but a removed one must not block settling for ever. The
    statement itself reads the consumers' states, so that it does not miss one that goes live at the same time.
    """
    if not heads:
        return 0
    with write_transaction():
        locked = lock_unlocked_streams([stream_id for stream_id, _ in heads])
        rows = [(stream_id, head) for stream_id, head in heads if stream_id in locked]
        if not rows:
            return 0
        settled = sql.fetch(
            *statements.update_settled(
                rows, consumers=consumers, newcomer_seconds=NEWCOMER_SECONDS, walked=WALKED
            )
        )
    return len(settled)


def lagging_streams(consumer: str, *, after_id: int) -> list[tuple[int, str, int]]:
    """Return at most 200 streams (id, key, head) in which the consumer is behind and has no stored failure.

    It reads all streams after `after_id`: use it only once, when a consumer has caught up.
    """
    statement = statements.select_left_behind(consumer, after_id=after_id, limit=STREAMS_PER_LOOK)
    return [(stream_id, key, head) for stream_id, key, head in sql.fetch(*statement)]
