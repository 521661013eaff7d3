"""Reminder offsets: days are nominal, hours exact.

`-P1D` is the same wall time the day before, `-PT24H` 24 hours before. For a day, hours and minutes count on
the wall clock from 00:00 of the date, then the zone is attached: `-PT15H` is 09:00 the day before, `PT9H`
09:00 on the day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .due import Day, Due, resolve, slot_of, zone_of
from .errors import DueRefused, OffsetRefused, shown
from .instants import resolve_slot

MAX_OFFSET_DAYS: Final = 3660
_LONGEST_KEPT: Final = 32

_ISO: Final = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<weeks>[0-9]{1,9})W|(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?)"
)
_SHORT: Final = re.compile(r"(?P<number>[0-9]{1,9}) ?(?P<unit>m|min|h|hr|d|day)s?", re.IGNORECASE)
_SHORT_AS_ISO: Final = {"m": "-PT{}M", "h": "-PT{}H", "d": "-P{}D"}


@dataclass(frozen=True, slots=True)
class Offset:
    """Nominal days and seconds from the due, both negative before it; `text` is the ISO form to keep and
    show.
    """

    text: str
    days: int
    seconds: int

    @property
    def is_after(self) -> bool:
        """Whether it lies after the due (or after 00:00 of a day)."""
        return self.days > 0 or self.seconds > 0


def parse_offset(text: object, *, field: str = "offset") -> Offset:
    """Read an offset: ISO 8601 weeks, or days, hours, minutes, seconds; or `15m, 15min, 1h, 1hr, 1d, 1day`
    before.

    OffsetRefused: `invalid_type`, `malformed`, `out_of_range` (more than 3,660 days).
    """
    if not isinstance(text, str):
        raise OffsetRefused("An offset is a text such as -PT15M.", code="invalid_type", field=field)
    offset = _read(text.strip())
    if offset is None:
        raise OffsetRefused(f"{shown(text)} is not an offset such as -PT15M.", code="malformed", field=field)
    if abs(offset.days) + abs(offset.seconds) / 86_400 > MAX_OFFSET_DAYS:
        raise OffsetRefused(f"An offset is at most {MAX_OFFSET_DAYS} days.", code="out_of_range", field=field)
    return offset


def check_offset(offset: Offset, due: Due, *, field: str = "offset") -> None:
    """OffsetRefused (`after_due`) when an offset lies after a due that is not a day."""
    if offset.is_after and not isinstance(due, Day):
        raise OffsetRefused(
            "Only a whole day takes reminders after its start.", code="after_due", field=field
        )


def fire_at(due: Due, offset: Offset, user_zone: ZoneInfo) -> datetime:
    """The instant at which a reminder with this offset fires. OffsetRefused outside the calendar."""
    try:
        return _fire_at(due, offset, user_zone)
    except (OverflowError, DueRefused):
        raise OffsetRefused("The reminder lies outside the calendar.", code="out_of_range") from None


# Many reminders due at one instant share all of this.
@lru_cache(maxsize=1024)
def _fire_at(due: Due, offset: Offset, user_zone: ZoneInfo) -> datetime:
    zone, days, exact = (
        zone_of(due, user_zone),
        timedelta(days=offset.days),
        timedelta(seconds=offset.seconds),
    )
    if isinstance(due, Day):
        return resolve_slot(datetime.combine(due.day, time()) + days + exact, zone).instant
    if not offset.days:
        return resolve(due, user_zone).instant + exact
    return resolve_slot(slot_of(due) + days, zone, fold=0).instant + exact


def _as_iso(text: str) -> str:
    match = _SHORT.fullmatch(text)
    if match is None:
        return text.upper()
    return _SHORT_AS_ISO[match["unit"][0].lower()].format(int(match["number"]))


def _read(text: str) -> Offset | None:
    return _read_short(text) if len(text) <= _LONGEST_KEPT else _read_anew(text)


def _read_anew(text: str) -> Offset | None:
    iso = _as_iso(text)
    match = _ISO.fullmatch(iso)
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    weeks, days, hours, minutes, seconds = (int(match[name] or 0) for name in _UNITS)
    return Offset(iso, sign * (weeks * 7 + days), sign * (hours * 3600 + minutes * 60 + seconds))


# The same few are read again with every reminder; what is long is nobody's usual one.
_read_short = lru_cache(maxsize=1024)(_read_anew)
_UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds")
