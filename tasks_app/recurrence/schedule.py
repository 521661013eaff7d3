"""A schedule: a recurrence with its start and zone, its slots and its end.

Slots are naive; a zone is attached only where UNTIL asks for instants. Everything ends with the calendar (31
December 9999).
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from .days import RuleDays, rule_days
from .due import day_of
from .errors import DueRefused
from .instants import Slot, resolve_slot
from .rule import Recurrence, Rule


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
    def days(self) -> RuleDays:
        return rule_days(self.rule, self.start_day, self.recurrence.overflow)


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


def slot_on(schedule: Schedule, ordinal: int) -> Slot:
    """The slot on a day, at the time of day of the start."""
    day = date.fromordinal(ordinal)
    if day == schedule.start_day:
        return schedule.start
    if not isinstance(schedule.start, datetime):
        return day
    return datetime.combine(day, schedule.start.time().replace(fold=0))


def last_day_up_to(schedule: Schedule, moment: Slot) -> int:
    """The ordinal of the last day whose slot would not be later than `moment`."""
    return day_of(moment).toordinal() - (_slot_order(schedule, moment) > 0)


def first_day_from(schedule: Schedule, moment: Slot) -> int:
    """The ordinal of the first day whose slot would not be earlier than `moment`."""
    return day_of(moment).toordinal() + (_slot_order(schedule, moment) < 0)


def _slot_order(schedule: Schedule, moment: Slot) -> int:
    """1 when the slot on the day of `moment` is later than it, -1 when earlier, 0 when the same or a day's."""
    start = schedule.start
    if not (isinstance(start, datetime) and isinstance(moment, datetime)):
        return 0
    return (start.time() > moment.time()) - (start.time() < moment.time())
