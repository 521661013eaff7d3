"""Quiet hours: when a notification may be shown."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .errors import DueRefused
from .instants import resolve_slot


def release_at(instant: datetime, quiet_from: time, quiet_until: time, *, zone: ZoneInfo) -> datetime:
    """The instant itself outside quiet hours, else the next end of them on the zone's clocks.

    Quiet hours run from `quiet_from` (inclusive) to `quiet_until` (exclusive), over midnight where they must;
    equal times mean none. Those that the calendar ends before hold nothing.
    """
    try:
        return _release_at(instant, quiet_from, quiet_until, zone=zone)
    except (OverflowError, DueRefused):
        return instant


def _release_at(instant: datetime, quiet_from: time, quiet_until: time, *, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    if not _is_quiet(local.time(), quiet_from, quiet_until):
        return instant
    day = local.date() + timedelta(days=local.time() >= quiet_until)
    end = datetime.combine(day, quiet_until)
    released = resolve_slot(end, zone, fold=0).instant
    # Clocks set back: the first end has passed, the same wall time comes once more.
    return released if released > instant else resolve_slot(end, zone, fold=1).instant


def _is_quiet(now: time, quiet_from: time, quiet_until: time) -> bool:
    if quiet_from <= quiet_until:
        return quiet_from <= now < quiet_until
    return now >= quiet_from or now < quiet_until
