"""The sweep that removes from the log what is older than TODO_HISTORY_DAYS."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.conf import settings

from events_app.models import DeadLetter, Event, ParkedMessage
from events_app.operating.recovery import trim_stream
from events_app.runtime.time_slices import is_time_up
from foundation.database.transactions import database_now

EVENTS_PER_LOOK: Final = 1000
LOOKS_PER_CALL: Final = 20


def trim_old_events() -> int:
    """Delete events that are older than TODO_HISTORY_DAYS, and return how many; without the setting, none.

    Those that are not published, or that a consumer has not applied, stay: see `trim_stream`. So do those of open dead
    letters and of parked messages, with all that follows in their streams. Rows are looked at from the beginning of
    the log on, up to 1,000 among which none is old. Two at once are harmless.
    """
    if not settings.HISTORY_DAYS:
        return 0
    cutoff = database_now() - timedelta(days=settings.HISTORY_DAYS)
    removed = position = 0
    for _ in range(LOOKS_PER_CALL):
        rows = Event.objects.filter(pk__gt=position).order_by("pk")
        look = list(rows.values_list("pk", "stream_id", "seq", "occurred_at")[:EVENTS_PER_LOOK])
        # A later row of a stream has a higher number, so that the last one stays in the dict.
        old = {stream_id: seq for _, stream_id, seq, occurred_at in look if occurred_at < cutoff}
        if not old:
            return removed
        position = look[-1][0]
        undecided = _first_undecided(old)
        for stream_id, seq in old.items():
            if is_time_up():
                return removed
            removed += trim_stream(stream_id, up_to=min(seq, undecided.get(stream_id, seq + 1) - 1))
    return removed


def _first_undecided(stream_ids: Collection[int]) -> dict[int, int]:
    """Return the first number of each stream that a dead letter or a parked message, not decided yet, names."""
    first: dict[int, int] = {}
    for rows in (DeadLetter.objects.filter(resolved_at=None), ParkedMessage.objects.all()):
        for stream_id, seq in rows.filter(stream__in=stream_ids).values_list("stream_id", "seq"):
            first[stream_id] = min(seq, first.get(stream_id, seq))
    return first
