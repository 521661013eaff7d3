"""The end of a history, when its user is deleted: it is closed at once, and removed in steps.

The order keeps anything from coming back. A closed stream has another key, so that no writer, message or sweep finds
it; a writer that waited for its lock is refused. It has no head, so that no consumer is behind in it. One that had read
its numbers before may still be applying events. It holds a lock on its cursor, which refers to the stream: once the
stream's row is gone, every such transaction has ended. What consumers wrote is removed after that.
"""

from typing import Final

from django.db.models import QuerySet

from events_app.contracts import closed_key, stream_key
from events_app.log.write import Log
from events_app.models import Cursor, Event, HangNote, Stream
from foundation.database.transactions import write_transaction

EVENTS_PER_STEP: Final = 5000


def close_history(log: Log) -> None:
    """Close a user's stream, inside `writing`: its events are neither published nor applied any more."""
    Stream.objects.filter(pk=log.stream_id).update(
        key=closed_key(log.user_id),
        head=0,
        published=0,
        settled=0,
        tail=0,
        relay_retry_at=None,
        relay_error="",
    )


def erase_history(user_id: int) -> int:
    """Remove a part of a closed history, at last the stream itself; return how many rows went, 0 when none is left."""
    streams = Stream.objects.filter(key=closed_key(user_id))
    with write_transaction():
        # Cursors first, and never after the stream was locked: consumers lock them in this order.
        gone = _delete(Cursor.objects.filter(stream__in=streams)) + _delete(
            HangNote.objects.filter(stream_key=stream_key(user_id))
        )
        first = Event.objects.filter(stream__in=streams).order_by("seq").values_list("pk", flat=True)
        events = list(first[:EVENTS_PER_STEP])
        if events:
            return gone + _delete(Event.objects.filter(pk__in=events))
    with write_transaction():
        return gone + streams.delete()[0]


def _delete(rows: "QuerySet[Cursor] | QuerySet[Event] | QuerySet[HangNote]") -> int:
    return rows.delete()[0]
