"""Quiet hours: the part of the day in which a user gets no notifications. Pure: clock and zone are passed in."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def make_quiet_hours(quiet_from: time | None, quiet_until: time | None) -> tuple[time, time] | None:
    """Return the quiet hours; None when either end is unset."""
    return None if quiet_from is None or quiet_until is None else (quiet_from, quiet_until)


def find_quiet_end(instant: datetime, *, zone: ZoneInfo, hours: tuple[time, time] | None) -> datetime | None:
    """Return the instant (UTC) at which the quiet hours around `instant` end, or None outside of them.

    `hours` are two wall times in `zone`, the first included, the second not; the second may be on the next
    day, and equal ones mean no quiet hours. An end that a clock change skips moves forward by the gap; of one that
    comes twice, the first that is later than `instant` counts. None also when the end would be after the year 9999.
    """
    if hours is None:
        return None
    try:
        local = instant.astimezone(zone)
        return _next_end(instant, local, hours[1]) if _contains(hours, local.time()) else None
    except OverflowError:
        return None


def _contains(hours: tuple[time, time], moment: time) -> bool:
    start, end = hours
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def _next_end(instant: datetime, local: datetime, end: time) -> datetime:
    day = local.date() + timedelta(days=local.time() >= end)
    first, second = (
        datetime.combine(day, end, tzinfo=local.tzinfo).replace(fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    # PEP 495: in a gap `first` is the time moved forward; in an overlap it is the earlier of the two.
    return first if first > instant else second
