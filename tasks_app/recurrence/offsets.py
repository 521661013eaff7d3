"""Reminder offsets: days are nominal, hours are exact.

`-P1D` is the same wall time on the day before, `-PT24H` is 24 hours before, `PT2H` two hours after. For the due of a
day, hours and minutes count on the wall clock from 00:00 of the date: `-PT15H` is 09:00 on the day before, `PT9H` is
09:00 on the day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .due import Day, Due, resolve, slot_of, zone_of_due
from .errors import DueRefused, OffsetRefused, quote_value
from .instants import resolve_slot

MAX_OFFSET_DAYS: Final = 3660
MAX_DAYS_AFTER_TIME: Final = 30
# No offset within the bounds is longer; the column holds 40 characters.
_LONGEST_READ: Final = 64

_ISO: Final = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<weeks>[0-9]{1,9})W|(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?)"
)
_UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds")
_SPELLINGS: Final = (("w", "wk"), ("d",), ("h", "hr"), ("m", "min"), ("s", "sec"))
_UNIT_OF: Final = {
    word: unit
    for unit, short in zip(_UNITS, _SPELLINGS, strict=True)
    for word in (*short, *(f"{each}s" for each in short if each != "s"), unit.removesuffix("s"), unit)
}
_TERM: Final = rf"[0-9]{{1,9}} ?(?:{'|'.join(sorted(_UNIT_OF, key=len, reverse=True))})"
_WORDS: Final = re.compile(
    rf"(?P<terms>{_TERM}(?:(?:,? and |, ?| )?{_TERM})*)(?: (?P<side>before|earlier|after|later))?"
)
_ONE_TERM: Final = re.compile(r"([0-9]+) ?([a-z]+)")
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Offset:
    """Nominal days and exact seconds from the due, negative before it; `text` is the ISO form to store and show."""

    text: str
    days: int
    seconds: int


def parse_offset(text: object, *, field: str = "offset") -> Offset:
    """Return the offset that a person sent: an ISO 8601 duration (weeks, or days, hours, minutes, seconds), or words.

    Words are numbers with units, in full or abbreviated, in any case: `90 minutes`, `1 week before`, `1h30m`, `2 hours
    after`. They count before the due unless they end with `after` or `later`. Raises OffsetRefused (`invalid_type`,
    `malformed`). `check_offset` checks the distance, for new offsets only.
    """
    if not isinstance(text, str):
        raise OffsetRefused(
            f"{quote_value(text)} is no text: write an offset such as -PT15M, in quotes.",
            code="invalid_type",
            field=field,
        )
    offset = _read(text)
    if offset is None:
        raise OffsetRefused(
            f"{quote_value(text)} is not an offset such as -PT15M or 2 hours before.",
            code="malformed",
            field=field,
        )
    return offset


def load_offset(text: str) -> Offset:
    """Return a stored offset, without the bounds of input. Raises OffsetRefused if the text is no offset."""
    offset = _read(text)
    if offset is None:
        raise OffsetRefused(f"{quote_value(text)} is not a stored offset.", code="malformed")
    return offset


def check_offset(offset: Offset, due: Due, *, field: str = "offset") -> None:
    """Raise OffsetRefused (`out_of_range`) for more than 3,660 days, or more than 30 days after a due with a time."""
    if abs(offset.days) + abs(offset.seconds) / 86_400 > MAX_OFFSET_DAYS:
        raise OffsetRefused(
            f"{offset.text} is too far: an offset is at most {MAX_OFFSET_DAYS} days.",
            code="out_of_range",
            field=field,
        )
    days_after = offset.days + offset.seconds / 86_400
    if days_after > MAX_DAYS_AFTER_TIME and not isinstance(due, Day):
        raise OffsetRefused(
            f"A reminder comes at most {MAX_DAYS_AFTER_TIME} days after a due with a time.",
            code="out_of_range",
            field=field,
        )


def fire_at(due: Due, offset: Offset, user_zone: ZoneInfo) -> datetime:
    """Return the instant at which a reminder with this offset fires. Raises OffsetRefused outside the calendar."""
    try:
        return _fire_at(due, offset, user_zone)
    except (OverflowError, DueRefused):
        raise OffsetRefused("The reminder lies outside the calendar.", code="out_of_range") from None


# Cached, since many reminders at one instant have the same due, offset and zone.
@lru_cache(maxsize=1024)
def _fire_at(due: Due, offset: Offset, user_zone: ZoneInfo) -> datetime:
    zone, days, exact = (
        zone_of_due(due, user_zone),
        timedelta(days=offset.days),
        timedelta(seconds=offset.seconds),
    )
    if isinstance(due, Day):
        return resolve_slot(datetime.combine(due.day, time()) + days + exact, zone).instant
    if not offset.days:
        return resolve(due, user_zone).instant + exact
    return resolve_slot(slot_of(due) + days, zone, fold=0).instant + exact


def _read(text: str) -> Offset | None:
    if len(text) > _LONGEST_READ or not text.isascii():
        return None
    return _read_short(" ".join(text.lower().split()))


# Cached, since most reminders have one of a few offsets.
@lru_cache(maxsize=1024)
def _read_short(text: str) -> Offset | None:
    iso = _LEADING_ZEROS.sub("", _iso_of_words(text) or text.upper())
    match = _ISO.fullmatch(iso)
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    weeks, days, hours, minutes, seconds = (int(match[name] or 0) for name in _UNITS)
    return Offset(iso, sign * (weeks * 7 + days), sign * (hours * 3600 + minutes * 60 + seconds))


def _iso_of_words(text: str) -> str | None:
    """Return the ISO duration of words; None if they are no offset or name a unit twice."""
    match = _WORDS.fullmatch(text)
    terms = _ONE_TERM.findall(match["terms"]) if match else []
    amounts = {_UNIT_OF[word]: int(number) for number, word in terms}
    if match is None or len(amounts) < len(terms):
        return None
    if len(amounts) > 1 and "weeks" in amounts:
        amounts["days"] = amounts.get("days", 0) + 7 * amounts.pop("weeks")
    date = "".join(f"{amounts[unit]}{unit[0].upper()}" for unit in _UNITS[:2] if unit in amounts)
    time_ = "".join(f"{amounts[unit]}{unit[0].upper()}" for unit in _UNITS[2:] if unit in amounts)
    sign = "" if match["side"] in ("after", "later") else "-"
    return f"{sign}P{date}{'T' if time_ else ''}{time_}"
