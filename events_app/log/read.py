"""Read events: ranges of many streams in one statement, as dataclasses instead of model instances."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from events_app.contracts import RecordedEvent
from events_app.contracts.registry import PAYLOADS
from events_app.log import statements
from foundation.context import Actor
from foundation.database import sql


@dataclass(frozen=True)
class SeqRange:
    """The events of one stream with `after < seq <= to`."""

    stream_id: int
    key: str
    after: int
    to: int

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Return (stream id, after, to), the form that statements take."""
        return self.stream_id, self.after, self.to


def read_ranges(
    ranges: Sequence[SeqRange], *, types: Collection[str] | None = None
) -> dict[int, list[RecordedEvent]]:
    """Return the events of each range by stream id, each list in sequence order; `types` None means all."""
    if not ranges:
        return {}
    rows = sql.fetch(*statements.select_events([each.bounds for each in ranges], types))
    keys = {r.stream_id: r.key for r in ranges}
    found: dict[int, list[RecordedEvent]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(recorded_event_of(keys[row[0]], row))
    return found


def read_first(part: SeqRange, *, types: Collection[str] | None = None) -> RecordedEvent | None:
    """Return the first event of a range, or None. It reads one row, whatever the length of the range."""
    rows = sql.fetch(*statements.select_first_event(part.bounds, types))
    return recorded_event_of(part.key, rows[0]) if rows else None


def read_notices(stream_id: int, key: str, *, task_id: int, limit: int) -> list[RecordedEvent]:
    """Return the last `limit` events of `NOTICE_TYPES` about a task, in sequence order."""
    rows = sql.fetch(*statements.select_last_notices(stream_id, task_id=task_id, limit=limit))
    return [recorded_event_of(key, row) for row in reversed(rows)]


def streams_with_events(
    ranges: Sequence[SeqRange], *, types: Collection[str] | None, having: Sequence[str] = ()
) -> set[int]:
    """Return the ids of the streams that have events of these types in their range; `types` None means all.

    With `having`, a path of names, only events count whose data has a value there. Of events that are not of the newest
    version that this release knows, all count: theirs may have another place.
    """
    if not ranges:
        return set()
    bounds = [each.bounds for each in ranges]
    named = PAYLOADS if types is None and having else types
    versions = None if named is None else {name: PAYLOADS[name].V for name in named}
    rows = sql.fetch(*statements.select_streams_with_events(bounds, versions, having))
    return {stream_id for (stream_id,) in rows}


def recorded_event_of(key: str, row: sql.SqlRow) -> RecordedEvent:
    """Return the event in a row of EVENT_COLUMNS."""
    return RecordedEvent(
        event_id=_uuid(row[2]),
        stream_key=key,
        seq=row[1],
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


# Few actors write many events, so the objects are shared.
_actor = lru_cache(maxsize=1024)(Actor)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
