"""A schedule: a recurrence with its start and zone, its slots and its end.

Slots are naive; a zone is attached only where UNTIL asks for instants. Everything ends with the calendar (31
December 9999).
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
    """A recurrence from its start, in the zone that the task is read in.

    `excluded` slots (skipped, deleted) count as scheduled and are never produced.
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
        """Whether its slots are wall times."""
        return isinstance(self.start, datetime)

    @property
    def slots(self) -> RuleSlots:
        return rule_slots(self.rule, self.start, self.recurrence.overflow)


def is_allowed(schedule: Schedule, slot: Slot) -> bool:
    """Whether the calendar and UNTIL have not ended the rule before this slot."""
    return is_in_calendar(slot, schedule.zone) and is_within_until(schedule.rule, slot, schedule.zone)


def is_within_until(rule: Rule, slot: Slot, zone: ZoneInfo) -> bool:
    """Whether UNTIL allows a slot: with `Z` as an instant, otherwise as wall time or date, inclusive."""
    until = rule.until
    if until is None:
        return True
    if isinstance(until, datetime) and until.tzinfo:
        return resolve_slot(slot, zone).instant <= until
    if isinstance(until, datetime) and isinstance(slot, datetime):
        return slot <= until
    return day_of(slot) <= day_of(until)


def is_in_calendar(slot: Slot, zone: ZoneInfo) -> bool:
    """Whether a slot has an instant before the calendar ends."""
    if day_of(slot) < date.max:
        return True
    try:
        resolve_slot(slot, zone)
    except DueRefused:
        return False
    return True


def slot_of_moment(schedule: Schedule, moment: int) -> Slot:
    """The slot at a moment; the start is itself, with the `fold` that it may have."""
    if moment == moment_of(schedule.start):
        return schedule.start
    return slot_at(moment, is_timed=schedule.is_timed)


def last_moment_of(schedule: Schedule, slot: Slot) -> int:
    """The moment behind which slots are later than `slot`: of a day among times, its end."""
    if schedule.is_timed and not isinstance(slot, datetime):
        return moment_of(slot) + DAY_SECONDS - 1
    return moment_of(slot)


def first_moment_of(schedule: Schedule, slot: Slot) -> int:
    """The moment before which slots are earlier than `slot`: of a time among days, its day."""
    return moment_of(slot if schedule.is_timed else day_of(slot))


def last_moment_until(schedule: Schedule) -> int | None:
    """A moment that no slot is later than that UNTIL allows; None without it."""
    until = schedule.rule.until
    if until is None:
        return None
    if isinstance(until, datetime) and until.tzinfo:
        wall, spread = local_wall(until, schedule.zone)
        return moment_of(wall) + spread
    if isinstance(until, datetime) and schedule.is_timed:
        return moment_of(until)
    return moment_of(day_of(until)) + DAY_SECONDS - 1
