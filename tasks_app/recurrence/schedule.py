"""A schedule: a recurrence with its start and zone, its slots and its end.

Slots are naive; the zone is needed only for an UNTIL that is an instant. Every schedule ends with the calendar, on 31
December 9999.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from .due import day_of
from .errors import DueRefused
from .instants import Slot, local_wall, resolve_slot
from .rule import Recurrence, Rule
from .slots import RuleSlots, rule_slots
from .times import DAY_SECONDS, moment_of, slot_at


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurrence with its start, in the zone of the task.

    `excluded` slots (skipped, deleted, detached) count for COUNT, but are never returned.
    """

    recurrence: Recurrence
    start: Slot
    zone: ZoneInfo
    excluded: frozenset[Slot] = frozenset()

    @property
    def rule(self) -> Rule:
        return self.recurrence.rule

    @property
    def start_day(self) -> date:
        return day_of(self.start)

    @property
    def is_timed(self) -> bool:
        """Whether the slots are wall times, not dates."""
        return isinstance(self.start, datetime)

    @property
    def slots(self) -> RuleSlots:
        return rule_slots(self.rule, self.start, self.recurrence.overflow)


def is_allowed(schedule: Schedule, slot: Slot) -> bool:
    """Whether a slot comes before the end of the calendar and of UNTIL."""
    return is_in_calendar(slot, schedule.zone) and is_within_until(schedule.rule, slot, schedule.zone)


def is_within_until(rule: Rule, slot: Slot, zone: ZoneInfo) -> bool:
    """Whether a slot is not later than UNTIL, compared as instants if UNTIL has `Z`, else as wall times or dates."""
    until = rule.until
    if until is None:
        return True
    if isinstance(until, datetime) and until.tzinfo:
        return resolve_slot(slot, zone).instant <= until
    if isinstance(until, datetime) and isinstance(slot, datetime):
        return slot <= until
    return day_of(slot) <= day_of(until)


def is_in_calendar(slot: Slot, zone: ZoneInfo) -> bool:
    """Whether the instant of a slot lies in the calendar."""
    if day_of(slot) < date.max:
        return True
    try:
        resolve_slot(slot, zone)
    except DueRefused:
        return False
    return True


def slot_of_moment(schedule: Schedule, moment: int) -> Slot:
    """Return the slot at a moment; for the start itself, with its `fold`."""
    if moment == moment_of(schedule.start):
        return schedule.start
    return slot_at(moment, is_timed=schedule.is_timed)


def last_moment_of(schedule: Schedule, slot: Slot) -> int:
    """Return the moment after which slots are later than `slot`: for a day in a schedule of times, its last second."""
    if schedule.is_timed and not isinstance(slot, datetime):
        return moment_of(slot) + DAY_SECONDS - 1
    return moment_of(slot)


def first_moment_of(schedule: Schedule, slot: Slot) -> int:
    """Return the moment before which slots are earlier than `slot`: for a time in a schedule of days, its day."""
    return moment_of(slot if schedule.is_timed else day_of(slot))


def last_moment_until(schedule: Schedule) -> int | None:
    """Return a moment that no slot up to UNTIL is later than; None without UNTIL."""
    until = schedule.rule.until
    if until is None:
        return None
    if isinstance(until, datetime) and until.tzinfo:
        wall, spread = local_wall(until, schedule.zone)
        return moment_of(wall) + spread
    if isinstance(until, datetime) and schedule.is_timed:
        return moment_of(until)
    return moment_of(day_of(until)) + DAY_SECONDS - 1
