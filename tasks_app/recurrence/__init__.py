"""Due dates, recurrence and reminder offsets: values and pure functions. Callers pass the clock and the zone.

| module | holds |
| --- | --- |
| `due` | timed, floating and whole-day dues, their instants, and when they are overdue |
| `instants`, `zones` | converting wall times and dates to instants; zones by IANA name |
| `rule`, `rrule`, `parse` | the rule with its canonical text; parsing it in every accepted form |
| `bounds` | the limits that keep every search short |
| `times`, `pattern`, `pages`, `years` | the times of day of a rule, and its days year by year |
| `slots`, `tally` | searching and counting the slots of a rule |
| `schedule`, `expand` | a recurrence with start and zone; its slots |
| `ends`, `moves` | ending a rule before an occurrence, continuing it from there, moving it to another day |
| `anchors` | the slot that follows a completion, and the slots missed in between |
| `offsets`, `translation` | reminder offsets, and their translation when a due changes its kind |
| `simplify` | finding a rule with the same slots that needs fewer words |
| `describe`, `day_words`, `time_words`, `words` | describing a recurrence in words |
| `errors` | the exceptions |

Terms and parts are those of RFC 5545, section 3.3.10; docs/decisions/recurrence.md says why the package exists.
"""

from .anchors import Missed, Successor, successor
from .bounds import check_advance
from .describe import describe
from .due import (
    Day,
    Due,
    Floating,
    Timed,
    day_from_date,
    day_of,
    floating_from_wall,
    overdue_at,
    parse_slot,
    resolve,
    slot_of,
    slot_text,
    timed_from_instant,
    timed_from_wall,
    zone_of_due,
)
from .ends import continue_from, end_before, inherit_end, keep_day, remaining_count
from .errors import DueRefused, OffsetRefused, RecurrenceError, RuleRefused
from .expand import (
    SlotRow,
    check_schedule,
    first_on_or_after,
    iterate_after,
    next_slot,
    next_slot_after_instant,
    occurrences,
    occurrences_after,
    preview,
    previous_slot,
    slot_number,
)
from .instants import Resolved, Slot, day_end, day_start, local_day, resolve_slot, resolve_within
from .moves import move_rule
from .offsets import Offset, check_offset, fire_at, load_offset, parse_offset
from .parse import load_recurrence, parse_recurrence
from .rule import Advance, Anchor, ByDay, Frequency, Overflow, Recurrence, Rule, Weekday
from .schedule import Schedule
from .translation import translate_offset, translate_offset_once
from .zones import load_zone

__all__ = [
    "Advance",
    "Anchor",
    "ByDay",
    "Day",
    "Due",
    "DueRefused",
    "Floating",
    "Frequency",
    "Missed",
    "Offset",
    "OffsetRefused",
    "Overflow",
    "Recurrence",
    "RecurrenceError",
    "Resolved",
    "Rule",
    "RuleRefused",
    "Schedule",
    "Slot",
    "SlotRow",
    "Successor",
    "Timed",
    "Weekday",
    "check_advance",
    "check_offset",
    "check_schedule",
    "continue_from",
    "day_end",
    "day_from_date",
    "day_of",
    "day_start",
    "describe",
    "end_before",
    "fire_at",
    "first_on_or_after",
    "floating_from_wall",
    "inherit_end",
    "iterate_after",
    "keep_day",
    "load_offset",
    "load_recurrence",
    "load_zone",
    "local_day",
    "move_rule",
    "next_slot",
    "next_slot_after_instant",
    "occurrences",
    "occurrences_after",
    "overdue_at",
    "parse_offset",
    "parse_recurrence",
    "parse_slot",
    "preview",
    "previous_slot",
    "remaining_count",
    "resolve",
    "resolve_slot",
    "resolve_within",
    "slot_number",
    "slot_of",
    "slot_text",
    "successor",
    "timed_from_instant",
    "timed_from_wall",
    "translate_offset",
    "translate_offset_once",
    "zone_of_due",
]
