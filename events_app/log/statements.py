"""The SQL statements of the log, one function each: streams, events, the epoch.

A function returns the text and the parameters; the other modules of this package run it. The text consists of
constants and placeholders only.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

from events_app.models import NOTICE_TYPES
from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.database.sessions import database_vendor

EVENT_COLUMNS: Final = (
    "stream_id", "seq", "event_id", "type", "v", "task_id", "data", "actor_type", "actor_id", "occurred_at",
    "causation_id", "request_id", "traceparent", "client_request_id",
)  # fmt: skip

_INSERT_EVENTS: Final = f"INSERT INTO events_app_event ({', '.join(EVENT_COLUMNS)})"
# In a VALUES list PostgreSQL takes values for texts or numbers, prepared ones for texts: the rest is cast.
_TYPES: Final = {
    "event_id": "uuid", "v": "smallint", "task_id": "bigint", "data": "jsonb", "causation_id": "uuid",
}  # fmt: skip
_EVENT: Final = ", ".join(f"e.{name}" for name in EVENT_COLUMNS)
# A column of other SELECTs; null in an emptied database, which has no epoch yet.
_EPOCH: Final = "(SELECT value FROM events_app_epoch)"
_BOUNDS: Final = "p.value, COALESCE(s.head, 0), COALESCE(s.tail, 0)"
_FROM_EPOCH_AND_STREAM: Final = "FROM events_app_epoch p LEFT JOIN events_app_stream s ON s.key = %s"

# Writing: lock a stream, raise its head, insert events.


def select_stream_for_update(key: str) -> sql.Statement:
    """Return the SELECT of (id, head) that locks a stream."""
    return PreparedSql(f"SELECT id, head FROM events_app_stream WHERE key = %s{sql.row_lock()}"), [key]


def select_stream_with_row(key: str, row: sql.Statement) -> sql.Statement:
    """Return the SELECT of a stream's id and head and PostgreSQL's clock, joined with the row, if any, of another."""
    text, params = row
    return _stream_with(text, database_vendor()), [*params, key]


@lru_cache(maxsize=64)
def _stream_with(row: str, vendor: str) -> PreparedSql:
    clock = "clock_timestamp()" if vendor == "postgresql" else "NULL"
    return PreparedSql(
        f"SELECT s.id, s.head, {clock}, a.* FROM events_app_stream s LEFT JOIN ({row}) a ON true WHERE s.key = %s"
    )


def lock_streams(keys: Sequence[str], *, skip_locked: bool) -> sql.Statement:
    """Return the SELECT of (id, key, head) that locks streams in id order."""
    return (
        f"SELECT id, key, head FROM events_app_stream WHERE key IN {sql.in_list(keys)}"
        f" ORDER BY id{sql.row_lock(skip_locked=skip_locked)}"
    ), keys


def lock_free_streams(stream_ids: Collection[int]) -> sql.Statement:
    """Return the SELECT that locks those streams that nobody else has locked, in id order, and returns their ids."""
    among, params = sql.id_condition("id", list(stream_ids))
    text = f"SELECT id FROM events_app_stream WHERE {among} ORDER BY id{sql.row_lock(skip_locked=True)}"
    return PreparedSql(text), params


def raise_head(stream_id: int, count: int) -> sql.Statement:
    """Return the UPDATE that raises a stream's head."""
    clock, clock_params = sql.now()
    text = f"UPDATE events_app_stream SET head = head + %s, moved_at = {clock} WHERE id = %s"
    return PreparedSql(text), [count, *clock_params, stream_id]


def raise_head_and_read(stream_id: int, count: int) -> sql.Statement:
    """Return the UPDATE that raises a stream's head and returns (head, moved_at)."""
    text, params = raise_head(stream_id, count)
    return PreparedSql(f"{text} RETURNING head, moved_at"), params


def raise_heads(counts: Mapping[int, int]) -> sql.Statement:
    """Return the UPDATE that raises heads by `counts`, by stream id, and returns (id, head, moved_at)."""
    clock, clock_params = sql.now()
    listed, params = sql.values(list(counts.items()))
    return (
        f"WITH r(id, more) AS ({listed}), c(now) AS MATERIALIZED (SELECT {clock}) UPDATE events_app_stream"
        " SET head = head + r.more, moved_at = c.now FROM r, c WHERE events_app_stream.id = r.id"
        " RETURNING events_app_stream.id, head, moved_at"
    ), [*params, *clock_params]


def insert_event() -> str:
    """Return the INSERT of one row of EVENT_COLUMNS, for `executemany`."""
    return f"{_INSERT_EVENTS} VALUES ({', '.join(['%s'] * len(EVENT_COLUMNS))})"


def insert_events(rows: Sequence[sql.SqlRow]) -> sql.Statement:
    """Return the INSERT of rows of EVENT_COLUMNS."""
    listed, params = sql.values(rows)
    return f"{_INSERT_EVENTS} {listed}", params


def insert_events_below_head(stream_id: int, rows: Sequence[sql.SqlRow]) -> sql.Statement:
    """Return the INSERT of a stream's last events, with the time at which its head was raised for them.

    In `rows`, of EVENT_COLUMNS, `seq` is relative to the head: it is 0 for the last row.
    """
    return _below_head(database_vendor(), len(rows)), [*chain.from_iterable(rows), stream_id]


@lru_cache(maxsize=64)
def _below_head(vendor: str, count: int) -> PreparedSql:
    listed, _ = sql.values([EVENT_COLUMNS] * count)
    types = _TYPES if vendor == "postgresql" else {}
    typed = {name: f"CAST(e.{name} AS {type_})" for name, type_ in types.items()}
    given = {
        "stream_id": "s.id",
        "seq": "s.head + CAST(e.seq AS bigint)",
        "occurred_at": "s.moved_at",
        **typed,
    }
    columns = ", ".join(given.get(name, f"e.{name}") for name in EVENT_COLUMNS)
    return PreparedSql(
        f"WITH e({', '.join(EVENT_COLUMNS)}) AS ({listed}) {_INSERT_EVENTS}"
        f" SELECT {columns} FROM events_app_stream s, e WHERE s.id = %s"
    )


def select_events(ranges: Sequence[sql.SqlRow], types: Collection[str] | None) -> sql.Statement:
    """Return the SELECT of the events in ranges (stream id, after, to), ordered by stream and number.

    `types` None means all types.
    """
    listed, params = sql.values(ranges)
    of_types = "" if types is None else f" WHERE e.type IN {sql.in_list(list(types))}"
    return (
        f"WITH r(stream_id, after_seq, to_seq) AS ({listed}) SELECT {_EVENT} FROM r JOIN events_app_event e"
        " ON e.stream_id = r.stream_id AND e.seq > r.after_seq AND e.seq <= r.to_seq"
        f"{of_types} ORDER BY e.stream_id, e.seq"
    ), [*params, *(types or ())]


def select_first_event(range_: sql.SqlRow, types: Collection[str] | None) -> sql.Statement:
    """Return the SELECT of the first event of a range (stream id, after, to)."""
    return (
        f"SELECT {_EVENT} FROM events_app_event e"
        f" WHERE e.stream_id = %s AND e.seq > %s AND e.seq <= %s{_and_of(types)} ORDER BY e.seq LIMIT 1"
    ), [*range_, *(types or ())]


def select_last_notices(stream_id: int, *, task_id: int, limit: int) -> sql.Statement:
    """Return the SELECT of the last events of NOTICE_TYPES about a task, the last one first.

    The types are constants, as in the condition of the partial index: with parameters, a database that plans before
    it knows their values could not use the index.
    """
    types = ", ".join(f"'{name}'" for name in NOTICE_TYPES)
    return (
        f"SELECT {_EVENT} FROM events_app_event e"
        f" WHERE e.stream_id = %s AND e.task_id = %s AND e.type IN ({types}) ORDER BY e.seq DESC LIMIT %s"
    ), [stream_id, task_id, limit]


def select_streams_with_events(
    ranges: Sequence[sql.SqlRow], versions: Mapping[str, int] | None, having: Sequence[str] = ()
) -> sql.Statement:
    """Return the SELECT of the ids of the streams that have an event in their range (stream id, after, to).

    `versions` are the newest ones by type; None means all types. With `having`, a path of names, only events count
    whose data has a value there, or is of another version, which may have it in another place.
    """
    listed, params = sql.values(ranges)
    has_value, value_params = _has_value(having, versions or {})
    return (
        f"WITH r(stream_id, after_seq, to_seq) AS ({listed}) SELECT r.stream_id FROM r WHERE EXISTS ("
        " SELECT 1 FROM events_app_event e WHERE e.stream_id = r.stream_id"
        f" AND e.seq > r.after_seq AND e.seq <= r.to_seq{_and_of(versions)}{has_value})"
    ), [*params, *(versions or ()), *value_params]


def _has_value(path: Sequence[str], versions: Mapping[str, int]) -> sql.Statement:
    if not path:
        return "", []
    is_postgresql = database_vendor() == "postgresql"
    newest = " OR ".join(["e.type = %s AND e.v = %s"] * len(versions))
    value = "e.data #>> %s::text[]" if is_postgresql else "json_extract(e.data, %s)"
    place = list(path) if is_postgresql else ".".join(("$", *path))
    return f" AND (NOT ({newest}) OR {value} IS NOT NULL)", [*chain.from_iterable(versions.items()), place]


def _and_of(types: Collection[str] | None) -> str:
    return "" if types is None else f" AND e.type IN {sql.in_list(list(types))}"


# Publishing and settling: these use the partial indexes of streams.


def select_unpublished(
    lanes: Collection[int], *, lane_count: int, after_id: int, up_to: int, limit: int
) -> sql.Statement:
    """Return the SELECT of (id, key, head, published, epoch) of unpublished streams of these lanes, in id order."""
    condition, params = _has_news(lanes, lane_count)
    return (
        f"SELECT id, key, head, published, {_EPOCH} FROM events_app_stream WHERE {condition}"
        f" AND id > %s AND id <= %s ORDER BY id LIMIT {limit:d}"
    ), [*params, after_id, up_to]


def select_last_unpublished(lanes: Collection[int], *, lane_count: int) -> sql.Statement:
    """Return the SELECT of the highest id of the unpublished streams of these lanes."""
    condition, params = _has_news(lanes, lane_count)
    return f"SELECT id FROM events_app_stream WHERE {condition} ORDER BY id DESC LIMIT 1", params


def _has_news(lanes: Collection[int], lane_count: int) -> sql.Statement:
    clock, clock_params = sql.now()
    condition = (
        f"published < head AND id %% {lane_count:d} IN {sql.in_list(list(lanes))}"
        f" AND (relay_retry_at IS NULL OR relay_retry_at <= {clock})"
    )
    return condition, [*lanes, *clock_params]


def update_published(sent: Sequence[tuple[int, int]], *, epoch: str) -> sql.Statement:
    """Return the UPDATE that raises `published` of streams (id, seq), if the database is still in this epoch."""
    listed, params = sql.table_of(sent, "bigint", "bigint")
    text = (
        f"WITH r(id, seq) AS ({listed}) UPDATE events_app_stream"
        " SET published = r.seq, relay_attempts = 0, relay_retry_at = NULL, relay_error = ''"
        f" FROM r WHERE events_app_stream.id = r.id AND published < r.seq AND r.seq <= head AND {_EPOCH} = %s"
    )
    return PreparedSql(text), [*params, epoch]


def select_unsettled(*, quiet_seconds: float, after_id: int, limit: int) -> sql.Statement:
    """Return the SELECT of (id, key, head) of unsettled streams that are quiet for so long, in id order."""
    since, clock_params = sql.now(minus_seconds=quiet_seconds)
    return (
        f"SELECT id, key, head FROM events_app_stream WHERE settled < head AND moved_at <= {since} AND id > %s"
        f" ORDER BY id LIMIT {limit:d}"
    ), [*clock_params, after_id]


def update_settled(
    heads: Sequence[tuple[int, int]], *, consumers: Collection[str], newcomer_seconds: float, walked: int
) -> sql.Statement:
    """Return the UPDATE that marks streams (id, head) as settled and returns their ids; see `streams.mark_settled`."""
    listed, params = sql.table_of(heads, "bigint", "bigint")
    newcomers_since, clock_params = sql.now(minus_seconds=newcomer_seconds)
    text = (
        f"WITH r(id, seq) AS ({listed}) UPDATE events_app_stream SET settled = r.seq FROM r"
        " WHERE events_app_stream.id = r.id AND settled < r.seq AND r.seq <= head AND NOT EXISTS ("
        " SELECT 1 FROM events_app_consumer c LEFT JOIN events_app_cursor k"
        " ON k.consumer = c.name AND k.stream_id = r.id"
        f" WHERE (c.state = 'live' OR c.state = 'catching_up' AND c.walked_to = {walked:d})"
        f" AND (c.name IN {sql.in_list(list(consumers))} OR c.registered_at > {newcomers_since})"
        " AND COALESCE(k.seq, 0) < r.seq AND k.retry_at IS NULL) RETURNING events_app_stream.id"
    )
    return PreparedSql(text), [*params, *consumers, *clock_params]


def select_left_behind(consumer: str, *, after_id: int, limit: int) -> sql.Statement:
    """Return the SELECT of (id, key, head) of streams in which a consumer is behind without a failure, in id order."""
    return (
        "SELECT s.id, s.key, s.head FROM events_app_stream s"
        " LEFT JOIN events_app_cursor k ON k.stream_id = s.id AND k.consumer = %s"
        " WHERE s.id > %s AND s.head > COALESCE(k.seq, 0) AND k.retry_at IS NULL"
        f" ORDER BY s.id LIMIT {limit:d}"
    ), [consumer, after_id]


# The epoch, alone or with the numbers that belong to it. They return no row if the database has no epoch yet.


def select_epoch() -> sql.Statement:
    """Return the SELECT of the epoch."""
    return PreparedSql("SELECT e.value FROM events_app_epoch e"), []


def select_epoch_bounds(key: str) -> sql.Statement:
    """Return the SELECT of (epoch, head, tail) of a stream."""
    return PreparedSql(f"SELECT {_BOUNDS} {_FROM_EPOCH_AND_STREAM}"), [key]


def select_events_after(key: str, *, after: int, to: int, types: Collection[str]) -> sql.Statement:
    """Return the SELECT of (epoch, head, tail) with each event of a range, in order, or one row with nulls."""
    text = (
        f"SELECT {_BOUNDS}, {_EVENT} {_FROM_EPOCH_AND_STREAM} LEFT JOIN events_app_event e"
        f" ON e.stream_id = s.id AND e.seq > %s AND e.seq <= %s{_and_of(types)} ORDER BY e.seq"
    )
    return PreparedSql(text), [key, after, to, *types]


def select_heads(keys: Sequence[str]) -> sql.Statement:
    """Return the SELECT of (epoch, key, head) of streams; if none exists, one row with null as key and head."""
    wanted = f"s.key IN {sql.in_list(keys)}" if keys else "false"
    text = f"SELECT e.value, s.key, s.head FROM events_app_epoch e LEFT JOIN events_app_stream s ON {wanted}"
    return text, keys
