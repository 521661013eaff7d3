"""Describing the times of day of a rule in words."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from .instants import Slot
from .rule import Frequency, Rule
from .simplify import MINUTES_IN_HOUR
from .times import times_of
from .words import join_words, place, spans

_MOST_LISTED: Final = 6


def times_in_words(rule: Rule, start: Slot | None) -> str:
    """Return " at 09:00 and 17:00" for a rule of days or longer; an empty text if it takes the time of its start."""
    if not (rule.by_hour or rule.by_minute):
        return ""
    if isinstance(start, datetime):
        rule = replace(
            rule, by_hour=rule.by_hour or (start.hour,), by_minute=rule.by_minute or (start.minute,)
        )
    is_long = len(rule.by_minute) > 1 and len(rule.by_hour) * len(rule.by_minute) > _MOST_LISTED
    if not (rule.by_hour and rule.by_minute) or (is_long and not rule.by_set_pos):
        return _hours_and_minutes(rule)
    times = [clock_text(second) for second in times_of(rule, start or datetime.min).uniform or ()]  # noqa: DTZ901
    picked = rule.by_set_pos and rule.frequency is not Frequency.DAILY and len(times) > 1
    which = f"the {join_words([place(each) for each in rule.by_set_pos])} of " if picked else ""
    return f" at {which}{join_words(times)}" if times else ""


def steps_in_words(rule: Rule, start: Slot | None) -> str:
    """Return " at minute 30 from 09:00 to 17:59" for a rule of hours or minutes."""
    minutes = f" at {_minutes(rule)}" if rule.by_minute else ""
    if not rule.by_hour:
        return minutes
    last = 59
    if rule.frequency is Frequency.HOURLY and rule.interval == 1 and isinstance(start, datetime):
        last = max(rule.by_minute or (start.minute,))
    first = min(rule.by_minute or (start.minute,)) if last < 59 and isinstance(start, datetime) else 0
    rows = [f"from {begin:02}:{first:02} to {end:02}:{last:02}" for begin, end in spans(rule.by_hour)]
    return f"{minutes} {join_words(rows)}"


def clock_text(second: int) -> str:
    """Return a time of day: 09:00, or 09:00:30."""
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return text if second % 60 == 0 else f"{text}:{second % 60:02}"


def _minutes(rule: Rule) -> str:
    if len(rule.by_minute) == MINUTES_IN_HOUR:
        return "every minute"
    plural = "s" if len(rule.by_minute) > 1 else ""
    return f"minute{plural} {join_words([str(minute) for minute in rule.by_minute])}"


def _hours_and_minutes(rule: Rule) -> str:
    names = [f" at {_minutes(rule)}"] if rule.by_minute else []
    if rule.by_hour:
        plural = "s" if len(rule.by_hour) > 1 else ""
        names.append(
            f" {'of' if names else 'in'} hour{plural} {join_words([str(hour) for hour in rule.by_hour])}"
        )
    return "".join(names)
