"""Stream rows in bulk: what is unpublished, what is unsettled, and marking either without waiting for writers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from events_app.log import epochs
from foundation.database import sql
from foundation.database.transactions import write_transaction

STREAMS_PER_LOOK = 200
LANES = 16
LAST_ID = 2**63 - 1
# Where a consumer that catches up stands once it has passed every stream: from then on it holds up settling.
WALKED = 2**62
NEWCOMER_SECONDS = 86_400.0


@dataclass(frozen=True)
class Unpublished:
    """A stream whose head the broker has not been told."""

    stream_id: int
    key: str
    head: int
    published: int
    epoch: str


def unpublished(lanes: Collection[int], *, after_id: int, up_to: int | None = None) -> list[Unpublished]:
    """Return at most 200 streams of these lanes with news, in id order from behind `after_id`, to `up_to` if given.

    Streams that stand aside until their retry are left out. Reads the partial index: cost follows the backlog.
    """
    if not lanes:
        return []
    condition, params = _has_news(lanes)
    rows = sql.fetch(
        f"SELECT id, key, head, published, {epochs.VALUE} FROM events_app_stream WHERE {condition}"
        f" AND id > %s AND id <= %s ORDER BY id LIMIT {STREAMS_PER_LOOK}",
        [*params, after_id, LAST_ID if up_to is None else up_to],
    )
    return [
        # Only in a database that was emptied there is no epoch yet.
        Unpublished(stream_id, key, head, published, epoch or epochs.current_epoch())
        for stream_id, key, head, published, epoch in rows
    ]


def last_unpublished(lanes: Collection[int]) -> int | None:
    """Return the highest id of the streams that `unpublished` would return without a limit, None without any."""
    if not lanes:
        return None
    condition, params = _has_news(lanes)
    rows = sql.fetch(f"SELECT id FROM events_app_stream WHERE {condition} ORDER BY id DESC LIMIT 1", params)
    return rows[0][0] if rows else None


def _has_news(lanes: Collection[int]) -> tuple[str, list[object]]:
    clock, clock_params = sql.now()
    condition = (
        f"published < head AND id %% {LANES} IN {sql.in_list(list(lanes))}"
        f" AND (relay_retry_at IS NULL OR relay_retry_at <= {clock})"
    )
    return condition, [*lanes, *clock_params]


def lock_free(stream_ids: Collection[int]) -> set[int]:
    """Lock those streams that nobody else holds now, in id order, and return their ids."""
    rows = sql.fetch(
        f"SELECT id FROM events_app_stream WHERE id IN {sql.in_list(list(stream_ids))}"
        f" ORDER BY id{sql.row_lock(skip_locked=True)}",
        list(stream_ids),
    )
    return {stream_id for (stream_id,) in rows}


def mark_published(sent: Mapping[int, int], *, epoch: str) -> set[int]:
    """Say how far each stream, by id, has been told; never backwards. Return the ids that were marked.

    Streams that a writer holds are passed over: whoever asks remembers them and asks again. What was sent of another
    epoch than the current one counts for nothing: its numbers meant other events.
    """
    if not sent:
        return set()
    with write_transaction():
        locked = lock_free(sent)
        if not locked:
            return set()
        listed, params = sql.values([(stream_id, sent[stream_id]) for stream_id in sorted(locked)])
        sql.execute(
            f"WITH r(id, seq) AS ({listed}) UPDATE events_app_stream"
            " SET published = r.seq, relay_attempts = 0, relay_retry_at = NULL, relay_error = ''"
            f" FROM r WHERE events_app_stream.id = r.id AND published < r.seq AND {epochs.VALUE} = %s",
            [*params, epoch],
        )
    return locked


def unsettled(*, quiet_seconds: float, after_id: int) -> list[tuple[int, str, int]]:
    """Return at most 200 streams (id, key, head) that some consumer may be behind in and that have not moved lately."""
    since, clock_params = sql.now(minus_seconds=quiet_seconds)
    return [
        (stream_id, key, head)
        for stream_id, key, head in sql.fetch(
            "SELECT id, key, head FROM events_app_stream"
            f" WHERE settled < head AND moved_at <= {since} AND id > %s"
            f" ORDER BY id LIMIT {STREAMS_PER_LOOK}",
            [*clock_params, after_id],
        )
    ]


def settle(heads: Sequence[tuple[int, int]], *, consumers: Collection[str]) -> int:
    """Mark streams (id, head) settled where each live one of `consumers` is at that head, waiting or blocked.

    One that is about to go live counts as well, and for a day one that this release does not know: a newer
    release may have registered it, while one that was removed must not hold up settling for ever. The
    consumers' states are read by the statement itself, so one that goes live meanwhile is not missed.
    """
    if not heads:
        return 0
    with write_transaction():
        locked = lock_free([stream_id for stream_id, _ in heads])
        rows = [(stream_id, head) for stream_id, head in heads if stream_id in locked]
        if not rows:
            return 0
        listed, params = sql.values(rows)
        newcomers_since, clock_params = sql.now(minus_seconds=NEWCOMER_SECONDS)
        settled = sql.fetch(
            f"WITH r(id, seq) AS ({listed}) UPDATE events_app_stream SET settled = r.seq FROM r"
            " WHERE events_app_stream.id = r.id AND settled < r.seq AND NOT EXISTS ("
            " SELECT 1 FROM events_app_consumer c LEFT JOIN events_app_cursor k"
            " ON k.consumer = c.name AND k.stream_id = r.id"
            f" WHERE (c.state = 'live' OR c.state = 'catching_up' AND c.walked_to = {WALKED})"
            f" AND (c.name IN {sql.in_list(list(consumers))} OR c.registered_at > {newcomers_since})"
            " AND COALESCE(k.seq, 0) < r.seq AND k.retry_at IS NULL) RETURNING events_app_stream.id",
            [*params, *consumers, *clock_params],
        )
    return len(settled)


def left_behind(consumer: str, *, after_id: int) -> list[tuple[int, str, int]]:
    """Return at most 200 streams (id, key, head) in which the consumer is behind and no failure waits.

    Looks at every stream after `after_id`: for the one time when a consumer has caught up.
    """
    return [
        (stream_id, key, head)
        for stream_id, key, head in sql.fetch(
            "SELECT s.id, s.key, s.head FROM events_app_stream s"
            " LEFT JOIN events_app_cursor k ON k.stream_id = s.id AND k.consumer = %s"
            " WHERE s.id > %s AND s.head > COALESCE(k.seq, 0) AND k.retry_at IS NULL"
            f" ORDER BY s.id LIMIT {STREAMS_PER_LOOK}",
            [consumer, after_id],
        )
    ]
