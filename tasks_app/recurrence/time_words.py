"""The times of day of a rule in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from .instants import Slot
from .rule import Frequency, Rule
from .times import times_of
from .words import joined, place

_MOST_LISTED: Final = 6


def times_in_words(rule: Rule, start: Slot | None) -> str:
    """ " at 09:00 and 17:00" of a rule that steps in days or more; nothing where it takes the time of its start."""
    if not (rule.by_hour or rule.by_minute):
        return ""
    if not isinstance(start, datetime) and not (rule.by_hour and rule.by_minute):
        return _hours_and_minutes(rule)
    times = [clock(second) for second in times_of(rule, start or datetime.min).uniform or ()]  # noqa: DTZ901
    picked = rule.by_set_pos and rule.frequency is not Frequency.DAILY and len(times) > 1
    if len(times) > _MOST_LISTED:
        return _hours_and_minutes(rule)
    which = f"the {joined([place(each) for each in rule.by_set_pos])} of " if picked else ""
    return f" at {which}{joined(times)}" if times else ""


def steps_in_words(rule: Rule, start: Slot | None) -> str:
    """ " at minute 30 from 09:00 to 17:59" of a rule that steps in hours or minutes."""
    minutes = f" at {_minutes(rule)}" if rule.by_minute else ""
    if not rule.by_hour:
        return minutes
    last = 59
    if rule.frequency is Frequency.HOURLY and rule.interval == 1 and isinstance(start, datetime):
        last = max(rule.by_minute or (start.minute,))
    first = min(rule.by_minute or (start.minute,)) if last < 59 and isinstance(start, datetime) else 0
    spans = [f"from {begin:02}:{first:02} to {end:02}:{last:02}" for begin, end in _spans(rule.by_hour)]
    return f"{minutes} {joined(spans)}"


def clock(second: int) -> str:
    """A time of day: 09:00, or 09:00:30."""
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return text if second % 60 == 0 else f"{text}:{second % 60:02}"


def _minutes(rule: Rule) -> str:
    plural = "s" if len(rule.by_minute) > 1 else ""
    return f"minute{plural} {joined([str(minute) for minute in rule.by_minute])}"


def _hours_and_minutes(rule: Rule) -> str:
    names = [f" at {_minutes(rule)}"] if rule.by_minute else []
    if rule.by_hour:
        plural = "s" if len(rule.by_hour) > 1 else ""
        names.append(
            f" {'of' if names else 'in'} hour{plural} {joined([str(hour) for hour in rule.by_hour])}"
        )
    return "".join(names)


def _spans(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Hours in a row, over midnight too: (22, 23, 0, 5) are 22 to 0 and 5 to 5."""
    begins = [hour for hour in hours if (hour - 1) % 24 not in hours]
    ends = {hour for hour in hours if (hour + 1) % 24 not in hours}
    if not begins:
        return [(0, 23)]
    return [
        (begin, next((begin + n) % 24 for n in range(24) if (begin + n) % 24 in ends)) for begin in begins
    ]
