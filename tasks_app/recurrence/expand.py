"""Expansion: the slots of a schedule.

Slots are naive wall times or dates. The start is occurrence 1, even if it is not on the rule. COUNT also counts skipped
and excluded slots, but not dates that the calendar lacks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from .bounds import MAX_GAP_YEARS, check_advance, check_gaps, check_time
from .due import day_of
from .errors import RuleRefused
from .instants import Note, Slot, local_wall, resolve_slot, resolve_within
from .rule import Recurrence
from .schedule import (
    Schedule,
    first_moment_of,
    is_allowed,
    is_within_until,
    last_moment_of,
    last_moment_until,
    slot_of_moment,
)
from .slots import rule_slots
from .times import DAY_SECONDS, moment_of, slot_at

END_OF_CALENDAR: Final = (date.max.toordinal() + 1) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot with its instant, the wall time that the clocks show then, and `gap` if a clock change moved it."""

    slot: Slot
    instant: datetime
    local: datetime
    note: Note | None


def check_schedule(schedule: Schedule) -> None:
    """Check the bounds of input that need the start.

    Raises RuleRefused for a rule of times that starts on a day (`needs_time`), an end before the start
    (`invalid_value`), a second occurrence more than 50 years later (`too_rare`), a mean gap below 5 minutes
    (`too_frequent`), and as `check_advance` does.
    """
    check_time(schedule.rule, schedule.start)
    if not is_within_until(schedule.rule, schedule.start, schedule.zone):
        raise RuleRefused("The rule ends before its first occurrence, the due.", code="invalid_value")
    check_gaps(schedule.recurrence, schedule.start)
    check_advance(schedule.recurrence, schedule.start)


def occurrences(schedule: Schedule, limit: int) -> tuple[Slot, ...]:
    """Return the first `limit` slots, beginning with the start."""
    return tuple(islice(_unexcluded_slots(schedule, moment_of(schedule.start) - 1), limit))


def occurrences_after(schedule: Schedule, after: Slot, limit: int) -> tuple[Slot, ...]:
    """Return the next `limit` slots later than `after`."""
    return tuple(islice(iterate_after(schedule, after), limit))


def next_slot(schedule: Schedule, after: Slot) -> Slot | None:
    """Return the first slot later than `after`; None if the rule ends before."""
    return next(iterate_after(schedule, after), None)


def next_slot_after_instant(
    schedule: Schedule, instant: datetime, *, after: Slot | None = None
) -> Slot | None:
    """Return the first slot whose instant is later than `instant`, and which is later than `after` if that is given."""
    wall, spread = local_wall(instant, schedule.zone)
    around = first_moment_of(schedule, wall) - spread - 1
    if after is not None:
        around = max(around, last_moment_of(schedule, after))
    slots = _unexcluded_slots(schedule, around)
    return next((slot for slot in slots if resolve_within(slot, schedule.zone).instant > instant), None)


def iterate_after(schedule: Schedule, after: Slot) -> Iterator[Slot]:
    """Yield the slots later than `after`, until the rule ends."""
    return _unexcluded_slots(schedule, last_moment_of(schedule, after))


def previous_slot(schedule: Schedule, before: Slot) -> Slot | None:
    """Return the last slot earlier than `before`; None if there is none."""
    return _last_slot(schedule, first_moment_of(schedule, before))


def last_slot(schedule: Schedule) -> Slot | None:
    """Return the last slot before the rule or the calendar ends; None if all are excluded."""
    return _last_slot(schedule, END_OF_CALENDAR)


def slot_number(schedule: Schedule, slot: Slot) -> int:
    """Return the number of a slot in its schedule, the start being 1, regardless of COUNT and UNTIL."""
    return 1 + schedule.slots.count_through(last_moment_of(schedule, slot))


def count_between(schedule: Schedule, after: Slot, last: Slot) -> int:
    """Return the number of slots later than `after` and not later than `last`, which is a slot; no slot is visited."""
    first, end = last_moment_of(schedule, after), last_moment_of(schedule, last)
    start, slots = moment_of(schedule.start), schedule.slots
    number = slots.count_through(end) - slots.count_through(first) + (first < start <= end)
    excluded = (moment_of(slot) for slot in schedule.excluded if first < moment_of(slot) <= end)
    return number - sum(
        moment == start or slots.count_through(moment) > slots.count_through(moment - 1)
        for moment in excluded
        if moment >= start
    )


def first_on_or_after(recurrence: Recurrence, day: date, zone: ZoneInfo) -> date:
    """Return the first day from `day` on that is on the rule: the due of a recurring task that was given none.

    Raises RuleRefused for a rule of times (`needs_time`), and if there is no such day within 50 years (`too_rare`) or
    before the rule ends (`invalid_value`).
    """
    check_time(recurrence.rule, day)
    slots = rule_slots(recurrence.rule, day, recurrence.overflow)
    first = slots.first_after(moment_of(day) - 1, last_year=min(day.year + MAX_GAP_YEARS, date.max.year))
    if first is None:
        raise RuleRefused(f"No day within {MAX_GAP_YEARS} years is on the rule.", code="too_rare")
    found = day_of(slot_at(first, is_timed=False))
    if not is_within_until(recurrence.rule, found, zone):
        raise RuleRefused("The rule ends before its first day.", code="invalid_value")
    return found


def preview(schedule: Schedule, limit: int) -> tuple[SlotRow, ...]:
    """Return the first `limit` slots as rows, beginning with the start."""
    return tuple(row_of(slot, schedule.zone) for slot in occurrences(schedule, limit))


def row_of(slot: Slot, zone: ZoneInfo) -> SlotRow:
    """Return a slot as a row of a preview."""
    resolved = resolve_slot(slot, zone)
    return SlotRow(slot, resolved.instant, resolved.local, resolved.note)


def _unexcluded_slots(schedule: Schedule, after: int) -> Iterator[Slot]:
    """Yield the slots at moments later than `after` that are not excluded, until the rule ends."""
    return (slot for slot in _scheduled_slots(schedule, after) if slot not in schedule.excluded)


def _scheduled_slots(schedule: Schedule, after: int) -> Iterator[Slot]:
    """Yield the slots at moments later than `after`, excluded ones too: COUNT counts them."""
    start = moment_of(schedule.start)
    if after < start:
        yield schedule.start
        after = start
    slots, count, end = schedule.slots, schedule.rule.count, last_moment_until(schedule)
    left = None if count is None else max(count - 1 - slots.count_through(after, enough=count), 0)
    for moment in islice(slots.after(after), left):
        if end is not None and moment > end:
            return
        slot = slot_of_moment(schedule, moment)
        if is_allowed(schedule, slot):
            yield slot


def _last_slot(schedule: Schedule, before: int) -> Slot | None:
    moment = _scheduled_before(schedule, _end_of_search(schedule, before))
    while moment is not None:
        slot = slot_of_moment(schedule, moment)
        if slot not in schedule.excluded and (slot == schedule.start or is_allowed(schedule, slot)):
            return slot
        moment = _scheduled_before(schedule, moment)
    return None


def _end_of_search(schedule: Schedule, before: int) -> int:
    """Return `before`, or the earlier moment after which COUNT or UNTIL leaves no slot; it is later than the start."""
    start, count, end = moment_of(schedule.start), schedule.rule.count, last_moment_until(schedule)
    if end is not None:
        before = min(before, max(end, start) + 1)
    if count is not None and schedule.slots.count_through(before - 1, enough=count) >= count:
        before = ((schedule.slots.nth(count - 1) if count > 1 else None) or start) + 1
    return before


def _scheduled_before(schedule: Schedule, moment: int) -> int | None:
    """Return the moment of the last slot before a moment, the start included; None at or before the start."""
    start = moment_of(schedule.start)
    return None if moment <= start else schedule.slots.last_before(moment) or start
