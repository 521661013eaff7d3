"""Cursor rows of consumers: find, create, lock and move them in bulk.

Whoever locks several does so in the order of (consumer, stream).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from events_app.log.read import SeqRange
from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.database.sessions import limit_statements

STATEMENT_MS, LOCK_MS = 5000, 2000
# The name of a consumer and the id of a stream: each has one cursor.
Place = tuple[str, int]


@dataclass(frozen=True)
class CursorState:
    """The position of one consumer in one stream, read without a lock.

    `wanted` is the hint. `waits`: a stored failure is not due yet, or the consumer is paused. `has_cursor`: the row
    exists and need not be created. `has_failed`: the next event failed before.
    """

    consumer: str
    stream_id: int
    key: str
    head: int
    wanted: int
    seq: int
    waits: bool
    has_cursor: bool
    has_failed: bool

    @property
    def place(self) -> Place:
        """The cursor that this is about."""
        return self.consumer, self.stream_id

    @property
    def target(self) -> int:
        """The number to go to: the hint, but never beyond the head."""
        return min(self.wanted, self.head)

    @property
    def ahead(self) -> SeqRange:
        """The range between the cursor and the head."""
        return SeqRange(self.stream_id, self.key, self.seq, self.head)

    @property
    def is_behind(self) -> bool:
        """Whether there are events to apply now."""
        return self.seq < self.target and not self.waits


@dataclass(frozen=True)
class LockedCursor:
    """A cursor row, locked for the running transaction."""

    id: int
    seq: int
    attempts: int
    waits: bool


def cursor_states(hints: Sequence[tuple[str, str, int]]) -> list[CursorState]:
    """Return the state of each (consumer, stream key, wanted number), in stream order; unknown streams are left out."""
    if not hints:
        return []
    listed, params = sql.table_of(hints, "text", "text", "bigint")
    clock, clock_params = sql.now()
    text = (
        f"WITH h(consumer, key, wanted) AS ({listed})"
        " SELECT h.consumer, s.id, s.key, s.head, h.wanted, COALESCE(c.seq, 0),"
        f" (c.retry_at IS NOT NULL AND c.retry_at > {clock}) OR k.name IS NOT NULL, c.id IS NOT NULL,"
        " COALESCE(c.attempts, 0) > 0"
        " FROM h JOIN events_app_stream s ON s.key = h.key"
        " LEFT JOIN events_app_cursor c ON c.stream_id = s.id AND c.consumer = h.consumer"
        " LEFT JOIN events_app_consumer k ON k.name = h.consumer AND k.state = 'paused'"
        " ORDER BY s.id"
    )
    rows = sql.fetch(PreparedSql(text), [*params, *clock_params])
    return [CursorState(*row[:6], *map(bool, row[6:])) for row in rows]


def create_cursors(places: Collection[Place]) -> None:
    """Create the missing ones of these cursors. Repeating does nothing."""
    if places:
        listed, params = sql.values(sorted(places))
        sql.execute(
            f"INSERT INTO events_app_cursor (consumer, stream_id) {listed} ON CONFLICT DO NOTHING", params
        )


def create_cursors_at_heads(consumer: str) -> None:
    """Create the consumer's cursors at the heads of all streams, for one that starts now. Repeating does nothing."""
    sql.execute(
        "INSERT INTO events_app_cursor (consumer, stream_id, seq)"
        " SELECT %s, id, head FROM events_app_stream WHERE head > 0"
        " ON CONFLICT (consumer, stream_id) DO NOTHING",
        [consumer],
    )


def due_retries(consumers: Sequence[str], *, limit: int) -> list[tuple[str, str, int]]:
    """Return (consumer, stream key, head) of failures that are due for a retry, earliest first, unless paused."""
    clock, clock_params = sql.now()
    rows = sql.fetch(
        "SELECT c.consumer, s.key, s.head FROM events_app_cursor c"
        " JOIN events_app_stream s ON s.id = c.stream_id"
        " JOIN events_app_consumer n ON n.name = c.consumer AND n.state <> 'paused'"
        f" WHERE c.retry_at IS NOT NULL AND c.retry_at <= {clock} AND c.consumer IN {sql.in_list(consumers)}"
        f" ORDER BY c.retry_at LIMIT {limit:d}",
        [*clock_params, *consumers],
    )
    return [(consumer, key, head) for consumer, key, head in rows]


def lock_cursors(places: Collection[Place], *, skip_locked: bool) -> dict[Place, LockedCursor]:
    """Lock these cursors, and return them by their places; one that does not exist is left out."""
    listed, params = sql.table_of(list(places), "text", "bigint")
    clock, clock_params = sql.now()
    text = (
        f"WITH p(consumer, stream_id) AS ({listed})"
        f" SELECT c.consumer, c.stream_id, c.id, c.seq, c.attempts, c.retry_at IS NOT NULL AND c.retry_at > {clock}"
        " FROM p JOIN events_app_cursor c ON c.consumer = p.consumer AND c.stream_id = p.stream_id"
        f" ORDER BY c.consumer, c.stream_id{sql.row_lock(skip_locked=skip_locked)}"
    )
    limits = limit_statements(statement_ms=STATEMENT_MS, lock_ms=LOCK_MS)
    rows = sql.run_together([*limits, (PreparedSql(text), [*params, *clock_params])])
    return {
        (consumer, stream_id): LockedCursor(id_, seq, attempts, bool(waits))
        for consumer, stream_id, id_, seq, attempts, waits in rows
    }


def move_cursors(positions: Mapping[int, int]) -> None:
    """Set cursors, by id, to new positions, and clear their stored failure, which was about an earlier event.

    A cursor with a retry time stays due until it reaches its stream's head. The stream may have been settled while it
    waited; if this process ended now, reconcile would not find the remaining events otherwise.
    """
    listed, params = sql.table_of(list(positions.items()), "bigint", "bigint")
    clock, clock_params = sql.now()
    cast = "::timestamptz" if connection.vendor == "postgresql" else ""
    text = (
        f"WITH r(id, seq) AS ({listed}) UPDATE events_app_cursor"
        " SET seq = r.seq, attempts = 0, blocked_at = NULL, last_error = '',"
        " retry_at = CASE WHEN retry_at IS NOT NULL AND r.seq < (SELECT head FROM events_app_stream s"
        f" WHERE s.id = stream_id) THEN {clock}{cast} END"
        " FROM r WHERE events_app_cursor.id = r.id"
    )
    sql.run_by_commit([(PreparedSql(text), [*params, *clock_params])])
