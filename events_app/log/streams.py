"""Stream rows in bulk: what is unpublished, what is unsettled, and marking either without waiting for writers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from events_app.log import epochs, statements
from foundation.database import sql
from foundation.database.transactions import write_transaction

STREAMS_PER_LOOK = 200
LANES = 16
LAST_ID = 2**63 - 1
# Where a consumer that catches up stands once it has passed every stream: from then on it holds up settling.
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
    """Return at most 200 streams of these lanes with news, in id order from behind `after_id`, to `up_to` if given.

    Streams that stand aside until their retry are left out. Reads the partial index: cost follows the backlog.
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
        # Only in a database that was emptied there is no epoch yet.
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
    """Lock those streams that nobody else holds now, in id order, and return their ids."""
    return {stream_id for (stream_id,) in sql.fetch(*statements.lock_free_streams(stream_ids))}


def mark_published(sent: Mapping[int, int], *, epoch: str) -> set[int]:
    """Store how far each stream, by id, has been sent; never backwards. Return the ids that were marked.

    Streams that a writer holds are passed over: whoever asks remembers them and asks again. What was sent of another
    epoch than the current one counts for nothing: its numbers meant other events.
    """
    if not sent:
        return set()
    with write_transaction():
        locked = lock_unlocked_streams(sent)
        if not locked:
            return set()
        numbers = [(stream_id, sent[stream_id]) for stream_id in sorted(locked)]
        sql.execute(*statements.update_published(numbers, epoch=epoch))
    return locked


def unsettled_streams(*, quiet_seconds: float, after_id: int) -> list[tuple[int, str, int]]:
    """Return at most 200 streams (id, key, head) that some consumer may be behind in and that have not moved lately."""
    statement = statements.select_unsettled(
        quiet_seconds=quiet_seconds, after_id=after_id, limit=STREAMS_PER_LOOK
    )
    return [(stream_id, key, head) for stream_id, key, head in sql.fetch(*statement)]


def mark_settled(heads: Sequence[tuple[int, int]], *, consumers: Collection[str]) -> int:
    """Mark streams (id, head) settled where each live one of `consumers` is at that head, waiting or blocked.

    One that is about to go live counts as well, and for a day one that this release does not know: a newer
    release may have registered it, while one that was removed must not hold up settling for ever. The
    consumers' states are read by the statement itself, so one that goes live meanwhile is not missed.
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
    """Return at most 200 streams (id, key, head) in which the consumer is behind and no failure waits.

    Looks at every stream after `after_id`: for the one time when a consumer has caught up.
    """
    statement = statements.select_left_behind(consumer, after_id=after_id, limit=STREAMS_PER_LOOK)
    return [(stream_id, key, head) for stream_id, key, head in sql.fetch(*statement)]
