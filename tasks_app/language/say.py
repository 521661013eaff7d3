"""Readings in words, from the texts of a language's table."""

from datetime import date, datetime
from typing import Any

from tasks_app import recurrence as rec
from tasks_app.recurrence import Recurrence, Rule
from tasks_app.recurrence.rule import MONDAY_TO_FRIDAY

from .dues import DueChoice
from .table import LanguageTable


def say_due(table: LanguageTable, due: DueChoice) -> str:
    """Return a due in words; of a rule, the rule and its first day."""
    when = _slot(table, due)
    if due.recurrence is None:
        return when
    return table.say("first", rule=say_rule(table, due.recurrence, due.slot), due=when)


def _slot(table: LanguageTable, due: DueChoice) -> str:
    slot = due.slot
    values: dict[str, Any] = _day_values(table, rec.day_of(slot))
    if not isinstance(slot, datetime):
        return table.say("whole_day", **values)
    values["time"] = f"{slot:%H:%M}"
    return table.say("timed_in_zone", zone=due.zone, **values) if due.zone else table.say("timed", **values)


def _day_values(table: LanguageTable, day: date) -> dict[str, Any]:
    weekdays, months = table.lists("weekdays"), table.lists("months")
    return {
        "weekday": weekdays[day.weekday()],
        "day": day.day,
        "month": months[day.month - 1],
        "year": day.year,
    }


def say_rule(table: LanguageTable, recurrence: Recurrence, slot: date | datetime) -> str:
    """Return a rule in words, in English where the table has none."""
    if "every_day" not in table.texts["say"]:
        return rec.describe(recurrence, slot)
    rule = recurrence.rule
    text = _every(table, rule)
    days = _days(table, rule)
    if days:
        text = table.say("on_days", every=text, days=days)
    if recurrence.anchor is rec.Anchor.COMPLETION:
        text = table.say("completion", rule=text)
    if rule.until is not None:
        text = table.say("until", rule=text, day=rec.day_of(rule.until).isoformat())
    return table.say("times", rule=text, n=rule.count) if rule.count else text


def _every(table: LanguageTable, rule: Rule) -> str:
    unit = {"MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}
    return table.count(f"every_{unit.get(rule.frequency, 'year')}", rule.interval)


def _days(table: LanguageTable, rule: Rule) -> str:
    """The days that a rule names: weekdays, days of the month, months, hours."""
    weekdays, months = table.lists("weekdays"), table.lists("months")
    names = []
    if rule.by_day == MONDAY_TO_FRIDAY:
        days = table.say("workdays")
        names.append(_placed(table, rule.by_set_pos[0], days) if rule.by_set_pos else days)
    else:
        names += [_placed(table, day.ordinal, weekdays[day.weekday]) for day in rule.by_day]
    names += [
        table.say("last_month_day") if day == -1 else table.say("month_day", n=day)
        for day in rule.by_month_day
    ]
    names += [months[month - 1] for month in rule.by_month]
    names += [f"{hour:02}:00" for hour in rule.by_hour]
    return table.say("list").join(names)


def _placed(table: LanguageTable, place: int, day: str) -> str:
    if not place:
        return day
    return table.say("last", day=day) if place == -1 else table.say("nth", n=place, day=day)


def say_offset(table: LanguageTable, text: str, *, is_timed: bool) -> str:
    """Return when a reminder comes, in words."""
    offset = rec.parse_offset(text)
    if not offset.days and not offset.seconds:
        return table.say("at_due")
    if not is_timed and offset.seconds:
        days, seconds = divmod(offset.days * 86_400 + offset.seconds, 86_400)
        clock = f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
        return (
            table.say("on_day_at", time=clock)
            if days >= 0
            else table.say("on_day_before_at", time=clock, days=table.count("days", -days))
        )
    is_before = offset.days < 0 or offset.seconds < 0
    hours, minutes = divmod(abs(offset.seconds) // 60, 60)
    spans = [("days", abs(offset.days)), ("hours", hours), ("minutes", minutes)]
    span = " ".join(table.count(name, number) for name, number in spans if number)
    return table.say("before" if is_before else "after", span=span)
