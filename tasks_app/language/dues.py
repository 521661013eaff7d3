"""From the expression of a due to the due itself: days and times become slots, rules get their first one.

Gaps, clamping, the first slot of a rule and what is refused are those of `tasks_app.recurrence`.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.recurrence import Frequency, Recurrence, Rule, Schedule, Slot

from .day_values import DayExpression, DayRead
from .moment import Clock, ExpressionRefused, day_after, wall_after, wall_instant
from .rule_days import RuleExpression
from .times import TimeExpression

_HALF_DAY: Final = 12


@dataclass(frozen=True, slots=True)
class DueExpression:
    """All that a line says of its due, from one place or several."""

    day: DayExpression | None = None
    time: TimeExpression | None = None
    minutes: int | None = None
    rule: RuleExpression | None = None


@dataclass(frozen=True, slots=True)
class DueChoice:
    """A due: its slot, its zone if one was named, and what it recurs by."""

    slot: Slot
    zone: str = ""
    recurrence: Recurrence | None = None


@dataclass(frozen=True, slots=True)
class DueRead:
    """The due that is read, other days and times that may be meant, and notes."""

    due: DueChoice
    other_days: tuple[DueChoice, ...] = ()
    other_times: tuple[DueChoice, ...] = ()
    notes: tuple[str, ...] = ()


def resolve_due(expression: DueExpression, clock: Clock) -> DueRead:
    """Return the due of a line. Raises ExpressionRefused for what cannot be."""
    if expression.time is not None and expression.time.problem:
        raise ExpressionRefused(expression.time.problem)
    try:
        read = (
            _once(expression, clock)
            if expression.rule is None
            else _recurring(expression, expression.rule, clock)
        )
    except (OverflowError, ValueError):
        raise ExpressionRefused("out_of_range") from None
    others = [
        tuple(each for each in found if _is_possible(each, clock))
        for found in (read.other_days, read.other_times)
    ]
    return replace(read, other_days=others[0], other_times=others[1])


def _is_possible(due: DueChoice, clock: Clock) -> bool:
    try:
        _checked(due, clock)
    except ExpressionRefused:
        return False
    return True


def _once(expression: DueExpression, clock: Clock) -> DueRead:
    if expression.minutes is not None:
        return DueRead(_checked(DueChoice(wall_after(clock, expression.minutes, "minute")), clock))
    if expression.time is None:
        return _on_day(expression.day.read(clock) if expression.day else DayRead(clock.today), clock)
    day = expression.day.read(clock) if expression.day else None
    if day is None and expression.time.days is not None:
        day = DayRead(clock.today + timedelta(days=expression.time.days))
    due, is_rolled = _at_time(expression.time, day.day if day else None, clock)
    other_days = tuple(_at_time(expression.time, other, clock)[0] for other in (day.others if day else ()))
    other_times = []
    if expression.time.is_half:
        half = replace(expression.time, hour=(expression.time.hour + _HALF_DAY) % 24)
        other_times.append(_at_time(half, day.day if day else None, clock)[0])
    notes = [*(day.notes if day else ()), *(["rolled"] if is_rolled else []), *expression.time.notes]
    notes += _notes_of(due, clock, expression.time)
    return DueRead(_checked(due, clock), other_days, tuple(other_times), tuple(notes))


def _on_day(read: DayRead, clock: Clock) -> DueRead:
    notes = (*read.notes, "past") if read.day < clock.today else read.notes
    due = _checked(DueChoice(read.day), clock)
    return DueRead(due, tuple(DueChoice(other) for other in read.others), (), notes)


def _at_time(expression: TimeExpression, day: date | None, clock: Clock) -> tuple[DueChoice, bool]:
    """The due at a time of a day, and whether it is tomorrow's because today's has passed."""
    zone, shift = _zone_of(expression, clock)
    wall = _wall(expression, day or clock.today)
    is_rolled = day is None and clock.has_passed(wall - shift, zone)
    if is_rolled:
        wall += timedelta(days=1)
    if shift or (expression.zone and expression.zone[0] in "+-"):
        local = wall_instant(wall - shift, zone).astimezone(clock.zone).replace(tzinfo=None, fold=0)
        return DueChoice(local), is_rolled
    return DueChoice(wall, expression.zone), is_rolled


def _zone_of(expression: TimeExpression, clock: Clock) -> tuple[ZoneInfo, timedelta]:
    """The zone of a time; of one with an offset UTC and the offset."""
    if not expression.zone:
        return clock.zone, timedelta()
    if expression.zone[0] not in "+-":
        return rec.load_zone(expression.zone), timedelta()
    hours, minutes = (int(part) for part in expression.zone[1:].split(":")[:2])
    if hours > 14 or minutes > 59:
        raise ExpressionRefused("unknown_zone")
    length = timedelta(hours=hours, minutes=minutes)
    return rec.load_zone("UTC"), length if expression.zone[0] == "+" else -length


def _wall(expression: TimeExpression, day: date) -> datetime:
    return datetime.combine(day, time(expression.hour, expression.minute)) + timedelta(
        days=expression.is_next_day
    )


def _notes_of(due: DueChoice, clock: Clock, expression: TimeExpression | None) -> list[str]:
    if not isinstance(due.slot, datetime):
        return []
    zone = rec.load_zone(due.zone) if due.zone else clock.zone
    notes = ["past"] if clock.has_passed(due.slot, zone) else []
    if rec.resolve_slot(due.slot, zone).note == "gap":
        notes.append("gap")
    return (
        [*notes, "zone_converted"] if expression and expression.zone and expression.zone[0] in "+-" else notes
    )


def _checked(due: DueChoice, clock: Clock) -> DueChoice:
    """The due itself, unless it is none that a task may have."""
    try:
        if isinstance(due.slot, datetime):
            rec.timed_from_wall(due.slot, rec.load_zone(due.zone) if due.zone else clock.zone)
        else:
            rec.day_from_date(due.slot)
    except rec.DueRefused:
        raise ExpressionRefused("out_of_range") from None
    return due


def _recurring(expression: DueExpression, rule: RuleExpression, clock: Clock) -> DueRead:
    """The first slot of a rule that is not before now, with the rule."""
    if rule.problem or not rule.rule.interval:
        raise ExpressionRefused(rule.problem or "rule_refused")
    times = rule.times or ((expression.time,) if expression.time else ())
    day = rule.starts or expression.day
    read = day.read(clock) if day else None
    due, is_rolled = _first(rule, times, read.day if read else None, clock)
    others = [] if rule.other is None else [replace(rule, rule=rule.other, other=None)]
    other_days = [_possible(other, times, read.day if read else None, clock) for other in others]
    if rule.rule.interval > 1 and rule.rule.names_days and read is None:
        # Every other Monday may begin with the next one; weeks and months are counted from this one.
        every = _possible(replace(rule, rule=replace(rule.rule, interval=1)), times, None, clock)
        other_days.append(_possible(rule, times, rec.day_of(every.slot), clock) if every else None)
    other_times = []
    if len(times) == 1 and times[0].is_half:
        half = replace(times[0], hour=(times[0].hour + _HALF_DAY) % 24)
        other_times.append(_possible(rule, (half,), read.day if read else None, clock))
    notes = [*(read.notes if read else ()), *(["rolled"] if is_rolled else [])]
    notes += [note for each in times for note in each.notes]
    notes += _notes_of(due, clock, times[0] if times else None)
    return DueRead(
        due,
        tuple(filter(None, other_days)),
        tuple(filter(None, other_times)),
        tuple(dict.fromkeys(notes)),
    )


def _possible(
    rule: RuleExpression, times: tuple[TimeExpression, ...], start: date | None, clock: Clock
) -> DueChoice | None:
    try:
        return _first(rule, times, start, clock)[0]
    except ExpressionRefused:
        return None


def _first(
    expression: RuleExpression, times: tuple[TimeExpression, ...], start: date | None, clock: Clock
) -> tuple[DueChoice, bool]:
    """The first due on a rule, and whether today's time has passed where the rule names no days."""
    for each in times:
        if each.problem:
            raise ExpressionRefused(each.problem)
    zone_name = times[0].zone if times else ""
    if zone_name and zone_name[0] in "+-":
        raise ExpressionRefused("unknown_zone")
    zone = rec.load_zone(zone_name) if zone_name else clock.zone
    rule = _with_week_start(expression.rule, clock)
    slot, is_rolled = _first_slot(rule, times, start, (clock, zone))
    if len(times) > 1:
        rule = _at_hours(rule, times)
    rule = replace(rule, count=expression.count, until=_until(expression, slot, clock))
    recurrence = _accepted(rule, expression, slot, zone)
    return _checked(
        DueChoice(slot, zone_name, recurrence), clock
    ), is_rolled and not expression.rule.has_by_parts


def _with_week_start(rule: Rule, clock: Clock) -> Rule:
    """The rule with the user's WKST where it matters: BYDAY in every other week (RFC 5545, 3.3.10)."""
    matters = rule.frequency is Frequency.WEEKLY and rule.interval > 1 and rule.by_day
    return replace(rule, week_start=clock.first_weekday) if matters and clock.first_weekday else rule


def _first_slot(
    rule: Rule, times: tuple[TimeExpression, ...], start: date | None, at: tuple[Clock, ZoneInfo]
) -> tuple[Slot, bool]:
    clock, zone = at
    first = start or clock.today
    if rule.steps_in_day:
        expression = times[0] if times else None
        wall = _wall_on(expression, first) if expression else datetime.combine(first, clock.wall.time())
        is_passed = start is None and clock.has_passed(wall, zone)
        return (wall + timedelta(days=1), True) if is_passed else (wall, False)
    day = _day_on_rule(rule, first, zone)
    if not times:
        return day, False
    walls = sorted(_wall_on(each, day) for each in times)
    coming = [wall for wall in walls if start is not None or not clock.has_passed(wall, zone)]
    if coming:
        return coming[0], False
    day = _day_on_rule(rule, first + timedelta(days=1), zone)
    return min(_wall_on(each, day) for each in times), True


def _wall_on(expression: TimeExpression, day: date) -> datetime:
    """A time on a day of a rule, whose midnight is that of its day."""
    return datetime.combine(day, time(expression.hour, expression.minute))


def _day_on_rule(rule: Rule, day: date, zone: ZoneInfo) -> date:
    try:
        recurrence = rec.parse_recurrence({"rule": str(rule)})
        return rec.first_on_or_after(recurrence, day, zone)
    except rec.RuleRefused as refused:
        raise _rule_refusal(refused) from None


def _at_hours(rule: Rule, times: tuple[TimeExpression, ...]) -> Rule:
    if len({each.minute for each in times}) > 1 or rule.steps_in_day:
        raise ExpressionRefused("several_times")
    return replace(rule, by_hour=tuple(sorted({each.hour for each in times})))


def _until(expression: RuleExpression, slot: Slot, clock: Clock) -> date | datetime | None:
    """Return the last day as it is written; of `for 3 weeks` the last of so many, from the first due."""
    if expression.until is not None and expression.lasts is not None:
        raise ExpressionRefused("conflict")
    if expression.until is not None:
        return expression.until.read(clock).day
    if expression.lasts is None:
        return None
    minutes = expression.lasts.minutes
    if minutes is None:
        return day_after(rec.day_of(slot), expression.lasts.number, expression.lasts.unit) - timedelta(days=1)
    if not isinstance(slot, datetime):
        raise ExpressionRefused("rule_refused")
    return slot + timedelta(minutes=minutes - 1)


def _accepted(rule: Rule, expression: RuleExpression, slot: Slot, zone: ZoneInfo) -> Recurrence:
    """The recurrence as the platform takes it. Raises ExpressionRefused where it would refuse it."""
    anchor = rec.Anchor.COMPLETION if expression.from_completion else rec.Anchor.FUTURE
    try:
        recurrence = rec.parse_recurrence({"rule": str(rule), "anchor": str(anchor)})
        rec.check_schedule(Schedule(recurrence, slot, zone))
    except rec.RuleRefused as refused:
        raise _rule_refusal(refused) from None
    return recurrence


def _rule_refusal(refused: rec.RuleRefused) -> ExpressionRefused:
    """The refusal of a rule under a code that says how to write it."""
    return ExpressionRefused(
        "rule_refused" if refused.code in ("out_of_range", "invalid_type", "malformed") else refused.code
    )
