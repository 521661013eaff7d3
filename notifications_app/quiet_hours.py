"""Quiet hours: from when until when a user is not to be disturbed. Pure: clock and zone are passed in."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, *, zone: ZoneInfo, hours: tuple[time, time] | None) -> datetime | None:
    """Return the instant (UTC) at which the quiet hours around `now` end, or None outside of them.

    `hours` are two wall times in `zone`, the first included, the second not; the second may be on the next
    day, and equal ones mean no quiet hours. An end that a clock change skips moves forward by the gap; one
    that comes twice is the first that is still ahead.
    """
    if hours is None or not _contains(hours, now.astimezone(zone).time()):
        return None
    start, end = hours
    local = now.astimezone(zone)
    crosses_midnight = start > end and local.time() >= start
    day = local.date() + timedelta(days=1) if crosses_midnight else local.date()
    first, second = (
        datetime.combine(day, end, tzinfo=zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    # PEP 495: in a gap `first` is the time moved forward; in an overlap it is the earlier of the two.
    return first if first > now else second


def _contains(hours: tuple[time, time], moment: time) -> bool:
    start, end = hours
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
