"""`Series.advance_at`: when the next slot begins of a series that goes on by its schedule alone.

The sweep `advance_series` looks for this column. It follows from the rule, the open occurrence and the zone, is written
whenever one of them changes, and is derived once more by the sweep.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.models import Series
from tasks_app.queries.series import open_occurrences
from tasks_app.values.schedules import remaining_schedule, slot_in_series, zone_of_series

_SCHEDULED: Final = Series.Advance.SCHEDULED


def write_slot_times(change: Change, series_ids: Collection[int]) -> None:
    """Write when the open occurrence of each series will be missed; null if never.

    A person changed the series, so the number of occurrences missed in a row is reset and a paused series goes on.
    """
    for series in Series.objects.filter(pk__in=series_ids):
        at = next_slot_at(series, change.zone)
        Series.objects.filter(pk=series.pk).update(advance_at=at, missed_in_a_row=0)


def next_slot_at(series: Series, user_zone: ZoneInfo) -> datetime | None:
    """Return when the slot after the open occurrence begins; None if the series does not advance by its schedule."""
    task = open_occurrences(series).order_by("-id").first()
    if task is None or not series.is_running or series.advance != _SCHEDULED:
        return None
    slot = rec.next_slot(remaining_schedule(series, task, user_zone), slot_in_series(series, task))
    return None if slot is None else slot_instant(series, slot, user_zone)


def slot_instant(series: Series, slot: rec.Slot, user_zone: ZoneInfo) -> datetime:
    """Return the instant at which a slot begins."""
    return rec.resolve_within(slot, zone_of_series(series, user_zone)).instant
