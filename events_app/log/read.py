"""Reading the log: ranges of many streams in one statement, as values instead of model instances."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from events_app.contracts import RecordedEvent
from events_app.models import NOTICE_TYPES
from foundation.context import Actor
from foundation.database import sql

_COLUMNS = (
    "e.stream_id, e.event_id, e.seq, e.type, e.v, e.task_id, e.data, e.actor_type, e.actor_id,"
    " e.occurred_at, e.causation_id, e.request_id, e.traceparent,"
    " e.client_request_id"
)


@dataclass(frozen=True)
class Range:
    """The events of one stream with `after < seq <= to`."""

    stream_id: int
    key: str
    after: int
    to: int


def read_ranges(
    ranges: Sequence[Range], *, types: Collection[str] | None = None
) -> dict[int, list[RecordedEvent]]:
    """Return the events of each range by stream id, each list in sequence order; `types` None means all."""
    if not ranges:
        return {}
    listed, params = sql.values([(r.stream_id, r.after, r.to) for r in ranges])
    only = "" if types is None else f" WHERE e.type IN {sql.in_list(list(types))}"
    rows = sql.fetch(
        f"WITH r(stream_id, after_seq, to_seq) AS ({listed})"
        f" SELECT {_COLUMNS}"
        " FROM r JOIN events_app_event e"
        " ON e.stream_id = r.stream_id AND e.seq > r.after_seq AND e.seq <= r.to_seq"
        f"{only} ORDER BY e.stream_id, e.seq",
        [*params, *(types or ())],
    )
    keys = {r.stream_id: r.key for r in ranges}
    found: dict[int, list[RecordedEvent]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(_event(keys[row[0]], row))
    return found


def read_first(part: Range, *, types: Collection[str] | None = None) -> RecordedEvent | None:
    """Return the first event of a range, or None; reads that one row, however long the range is."""
    only = "" if types is None else f" AND e.type IN {sql.in_list(list(types))}"
    rows = sql.fetch(
        f"SELECT {_COLUMNS} FROM events_app_event e WHERE e.stream_id = %s AND e.seq > %s AND e.seq <= %s{only}"
        " ORDER BY e.seq LIMIT 1",
        [part.stream_id, part.after, part.to, *(types or ())],
    )
    return _event(part.key, rows[0]) if rows else None


def read_notices(stream_id: int, key: str, *, task_id: int, limit: int) -> list[RecordedEvent]:
    """Return the last `limit` events of `NOTICE_TYPES` about a task, in sequence order.

    The types stand in the statement as they stand in the index: a database that plans before it knows its
    parameters finds it too.
    """
    types = ", ".join(f"'{name}'" for name in NOTICE_TYPES)
    rows = sql.fetch(
        f"SELECT {_COLUMNS} FROM events_app_event e"
        f" WHERE e.stream_id = %s AND e.task_id = %s AND e.type IN ({types})"
        " ORDER BY e.seq DESC LIMIT %s",
        [stream_id, task_id, limit],
    )
    return [_event(key, row) for row in reversed(rows)]


def with_events(ranges: Sequence[Range], *, types: Collection[str] | None) -> set[int]:
    """Return the ids of the streams that have events of these types in their range; `types` None means all."""
    if not ranges:
        return set()
    listed, params = sql.values([(r.stream_id, r.after, r.to) for r in ranges])
    only = "" if types is None else f" AND e.type IN {sql.in_list(list(types))}"
    rows = sql.fetch(
        f"WITH r(stream_id, after_seq, to_seq) AS ({listed}) SELECT r.stream_id FROM r WHERE EXISTS ("
        " SELECT 1 FROM events_app_event e WHERE e.stream_id = r.stream_id"
        f" AND e.seq > r.after_seq AND e.seq <= r.to_seq{only})",
        [*params, *(types or ())],
    )
    return {stream_id for (stream_id,) in rows}


def _event(key: str, row: sql.Row) -> RecordedEvent:
    return RecordedEvent(
        event_id=_uuid(row[1]),
        stream_key=key,
        seq=row[2],
        type=row[3],
        v=row[4],
        task_id=row[5],
        raw=row[6],
        actor=_actor(row[7], row[8]),
        occurred_at=sql.from_database(row[9]),
        causation_id=_uuid(row[10]) if row[10] else None,
        request_id=row[11],
        traceparent=row[12],
        client_request_id=row[13],
    )


# Few different actors write many events.
_actor = lru_cache(maxsize=1024)(Actor)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
