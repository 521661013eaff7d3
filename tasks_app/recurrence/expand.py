"""Expansion: the slots that a schedule leads to.

Slots are found on naive wall time or dates. The start is occurrence 1, on the rule or not. COUNT counts what
is scheduled: skipped and excluded slots too; dates that the calendar lacks are none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from .bounds import MAX_GAP_YEARS, check_gap
from .days import rule_days
from .due import day_of
from .errors import RuleRefused
from .instants import Note, Slot, local_day, resolve_slot
from .rule import Recurrence
from .schedule import Schedule, first_day_from, is_allowed, is_within_until, last_day_up_to, slot_on

# Clocks never were further from each other than this.
_WIDEST_DAYS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A slot with its instant, the wall time at which it really happens, and `gap` when the clocks moved it."""

    slot: Slot
    instant: datetime
    local: datetime
    note: Note | None


def check_schedule(schedule: Schedule) -> None:
    """The bounds of input that need the start: RuleRefused when the rule ends before it (`invalid_value`), or a
    second occurrence is over 50 years off (`too_rare`).
    """
    if not is_within_until(schedule.rule, schedule.start, schedule.zone):
        raise RuleRefused("The rule ends before its first occurrence, the due.", code="invalid_value")
    check_gap(schedule.recurrence, schedule.start_day)


def occurrences(schedule: Schedule, limit: int) -> tuple[Slot, ...]:
    """The first `limit` slots, from the start itself on."""
    return tuple(islice(_produced(schedule, schedule.start_day.toordinal() - 1), limit))


def occurrences_after(schedule: Schedule, after: Slot, limit: int) -> tuple[Slot, ...]:
    """The next `limit` slots that are later than `after`."""
    return tuple(islice(iterate_after(schedule, after), limit))


def next_slot(schedule: Schedule, after: Slot) -> Slot | None:
    """The first slot later than `after`, or None when the rule has ended."""
    return next(iterate_after(schedule, after), None)


def next_slot_after_instant(
    schedule: Schedule, instant: datetime, *, after: Slot | None = None
) -> Slot | None:
    """The first slot whose instant is later than `instant` (and that is later than `after`)."""
    around = (local_day(instant, schedule.zone) - timedelta(days=_WIDEST_DAYS)).toordinal()
    if after is not None:
        around = max(around, last_day_up_to(schedule, after))
    slots = _produced(schedule, around)
    return next((slot for slot in slots if resolve_slot(slot, schedule.zone).instant > instant), None)


def iterate_after(schedule: Schedule, after: Slot) -> Iterator[Slot]:
    """The slots later than `after`, one by one, until the rule ends."""
    return _produced(schedule, last_day_up_to(schedule, after))


def previous_slot(schedule: Schedule, before: Slot) -> Slot | None:
    """The last slot earlier than `before`, or None when there is none."""
    ordinal = _scheduled_before(schedule, _end_of_search(schedule, first_day_from(schedule, before)))
    while ordinal is not None:
        slot = slot_on(schedule, ordinal)
        if slot not in schedule.excluded and (slot == schedule.start or is_allowed(schedule, slot)):
            return slot
        ordinal = _scheduled_before(schedule, ordinal)
    return None


def between(schedule: Schedule, since: Slot, before: Slot, *, limit: int = 1000) -> tuple[Slot, ...]:
    """At most `limit` slots from `since` (inclusive) to `before` (exclusive)."""
    first, end = first_day_from(schedule, since), first_day_from(schedule, before)
    slots = _produced(schedule, first - 1)
    return tuple(islice(takewhile(lambda slot: day_of(slot).toordinal() < end, slots), limit))


def slot_number(schedule: Schedule, slot: Slot) -> int:
    """How many occurrences are scheduled up to and including `slot`; the start is 1. COUNT and UNTIL aside."""
    return 1 + schedule.days.count_through(last_day_up_to(schedule, slot))


def first_on_or_after(recurrence: Recurrence, day: date, zone: ZoneInfo) -> date:
    """The first day on the rule when the rule runs from `day`: the due of a recurring task that was given
    none.

    RuleRefused when there is none within 50 years (`too_rare`) or before the rule ends (`invalid_value`).
    """
    days = rule_days(recurrence.rule, day, recurrence.overflow)
    first = days.first_after(day.toordinal() - 1, last_year=min(day.year + MAX_GAP_YEARS, date.max.year))
    if first is None:
        raise RuleRefused(f"No day within {MAX_GAP_YEARS} years is on the rule.", code="too_rare")
    found = date.fromordinal(first)
    if not is_within_until(recurrence.rule, found, zone):
        raise RuleRefused("The rule ends before its first day.", code="invalid_value")
    return found


def preview(schedule: Schedule, limit: int) -> tuple[Row, ...]:
    """The first `limit` slots as rows, beginning with the start itself."""
    return tuple(row_of(slot, schedule.zone) for slot in occurrences(schedule, limit))


def row_of(slot: Slot, zone: ZoneInfo) -> Row:
    """A slot as a row of a preview."""
    resolved = resolve_slot(slot, zone)
    return Row(slot, resolved.instant, resolved.local, resolved.note)


def _produced(schedule: Schedule, after: int) -> Iterator[Slot]:
    """The slots on days later than the ordinal `after` that are not excluded, until the rule ends."""
    return (slot for slot in _scheduled(schedule, after) if slot not in schedule.excluded)


def _scheduled(schedule: Schedule, after: int) -> Iterator[Slot]:
    start = schedule.start_day.toordinal()
    if after < start:
        yield schedule.start
        after = start
    days, count = schedule.days, schedule.rule.count
    left = None if count is None else max(count - 1 - days.count_through(after), 0)
    for ordinal in islice(days.after(after), left):
        slot = slot_on(schedule, ordinal)
        if not is_allowed(schedule, slot):
            return
        yield slot


def _end_of_search(schedule: Schedule, ordinal: int) -> int:
    """The ordinal, or an earlier one that COUNT or UNTIL leaves nothing behind. The start always stays."""
    start, count, until = schedule.start_day.toordinal(), schedule.rule.count, schedule.rule.until
    if until is not None:
        ordinal = min(ordinal, max(day_of(until).toordinal() + _WIDEST_DAYS, start + 1))
    if count is not None and schedule.days.count_through(ordinal - 1) >= count:
        ordinal = ((schedule.days.nth(count - 1) if count > 1 else None) or start) + 1
    return ordinal


def _scheduled_before(schedule: Schedule, ordinal: int) -> int | None:
    """The last day on the rule before an ordinal; the start is the first."""
    start = schedule.start_day.toordinal()
    return None if ordinal <= start else schedule.days.last_before(ordinal) or start
