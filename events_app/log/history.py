"""Queries of a user's history, for the apps above."""

from collections.abc import Collection, Iterator
from typing import Final

from events_app.contracts import RecordedEvent, stream_key, user_of
from events_app.log import statements
from events_app.log.epochs import EpochBounds, fetch_with_epoch
from events_app.log.read import SeqRange, read_notices, read_ranges, recorded_event_of
from events_app.models import Event, Stream

_EVENTS_PER_READ: Final = 20
LARGEST_SEQ: Final = 2**63 - 1


def head_of(user_id: int) -> int:
    """Return the head of the user's history; 0 without events."""
    return heads_of([user_id]).get(user_id, 0)


def heads_of(user_ids: Collection[int]) -> dict[int, int]:
    """Return the heads, by user, of those users who have a history, in one query."""
    keys = [stream_key(user_id) for user_id in user_ids]
    rows = Stream.objects.filter(key__in=keys).values_list("key", "head")
    return {user_of(key): head for key, head in rows}


def events_between(
    user_id: int, *, after: int, to: int, types: Collection[str] | None = None
) -> list[RecordedEvent]:
    """Return the user's events with `after < seq <= to` in order; `types` None means all of them.

    All of the range is read into memory, so bound it.
    """
    key = stream_key(user_id)
    stream_id = Stream.objects.filter(key=key).values_list("id", flat=True).first()
    if stream_id is None:
        return []
    return read_ranges([SeqRange(stream_id, key, after, to)], types=types).get(stream_id, [])


def events_after(
    user_id: int, *, after: int, limit: int, types: Collection[str]
) -> tuple[list[RecordedEvent], EpochBounds]:
    """Return the user's events of these types with `after < seq <= after + limit`, in order, and the bounds.

    One statement reads both, so they are of one history: if `tail <= after`, no event up to the head is missing.
    """
    key, to = stream_key(user_id), min(after + limit, LARGEST_SEQ)
    rows = fetch_with_epoch(statements.select_events_after(key, after=after, to=to, types=types))
    events = [recorded_event_of(key, row[3:]) for row in rows if row[3] is not None]
    return events, EpochBounds(*rows[0][:3])


def notices_of_task(user_id: int, task_id: int, *, limit: int) -> list[RecordedEvent]:
    """Return the last `limit` events about the task's reminders and their notifications, in order.

    The cost is proportional to the result. Trimmed events are missing.
    """
    key = stream_key(user_id)
    stream_id = Stream.objects.filter(key=key).values_list("id", flat=True).first()
    return [] if stream_id is None else read_notices(stream_id, key, task_id=task_id, limit=limit)


def iterate_events_of_task(
    user_id: int, task_id: int, *, types: Collection[str], reach: int
) -> Iterator[RecordedEvent]:
    """Yield the events of these types about a task, newest first, read by the twenty as they are asked for.

    Only the user's last `reach` events are searched: the log has no index by task.
    """
    key = stream_key(user_id)
    stream = Stream.objects.filter(key=key).values_list("id", "head").first()
    if stream is None:
        return
    stream_id, before = stream[0], stream[1] + 1
    of_task = Event.objects.filter(
        stream=stream_id, seq__gt=stream[1] - reach, task_id=task_id, type__in=types
    )
    while seqs := list(
        of_task.filter(seq__lt=before).order_by("-seq").values_list("seq", flat=True)[:_EVENTS_PER_READ]
    ):
        ranges = [SeqRange(stream_id, key, seq - 1, seq) for seq in seqs]
        yield from reversed(read_ranges(ranges).get(stream_id, []))
        before = seqs[-1]
