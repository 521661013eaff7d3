"""Plausible tasks from a seed: the same seed, number and start give the same task. No database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import Priority
from tasks_app.values.fields import UNSET, AtInstant, AtWall, OnDay, ReminderInput, TaskFields, Unset, When

_T = TypeVar("_T")

TAGS: Final = (
    "home", "work", "errands", "garden", "health", "reading", "money", "travel", "calls", "kitchen", "waiting", "ideas",
)  # fmt: skip
_ACTS: Final = (
    ("Water", ("the plants", "the tomatoes", "the orchids", "the lawn"), ("home", "garden")),
    ("Buy", ("milk", "bread and olives", "light bulbs", "a birthday card", "coffee", "stamps"), ("errands",)),
    ("Call", ("the dentist", "the landlord", "the insurance", "the school", "grandmother"), ("calls",)),
    ("Write", ("the monthly report", "the offer", "minutes of the meeting", "a thank-you note"), ("work",)),
    ("Review", ("the budget", "the draft contract", "open invoices", "the release notes"), ("work", "money")),
    ("Pay", ("the rent", "the electricity bill", "the tax instalment", "the club fee"), ("money",)),
    ("Read", ("chapter three", "the weekly digest", "the manual", "two articles"), ("reading",)),
    ("Clean", ("the kitchen", "the gutters", "the bicycle", "the windows"), ("home", "kitchen")),
    ("Plan", ("the summer trip", "the team day", "next week", "the birthday dinner"), ("travel", "ideas")),
    ("Book", ("train tickets", "a table for four", "a check-up", "the rehearsal room"), ("travel", "calls")),
    ("Return", ("library books", "the parcel", "the borrowed drill"), ("errands", "waiting")),
    ("Go", ("for a run", "to the swimming pool", "to physiotherapy"), ("health",)),
)  # fmt: skip
_RULES: Final = tuple(
    rec.parse_recurrence(rule)
    for rule in (
        "daily",
        "weekdays",
        "weekly",
        "monthly",
        "FREQ=WEEKLY;INTERVAL=2",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    )
)
_NOTES: Final = ("", "", "", "Ask for the receipt.", "See the message of last week.", "Takes about an hour.")
_PRIORITIES: Final = (Priority.LOW,) * 2 + (Priority.MEDIUM,) * 5 + (Priority.HIGH,) * 2 + (Priority.URGENT,)
_BEFORE_TIME: Final = tuple(
    (ReminderInput(offset=rec.parse_offset(text)),) for text in ("-PT15M", "-PT30M", "-PT1H", "-P1D")
)
_BEFORE_DAY: Final = tuple((ReminderInput(offset=rec.parse_offset(text)),) for text in ("-PT15H", "PT9H"))
_TIMES: Final = tuple(time(hour, minute) for hour in range(7, 21) for minute in (0, 0, 15, 30))
# Distances in days from the start of the demo, from thirty before to ninety after it, near ones more often.
_DAYS: Final = tuple(
    [-day for day in range(31) for _ in range(3 * (31 - day))]
    + [day for day in range(91) for _ in range(91 - day)]
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One task of the demo: its fields, and when it was created and completed."""

    fields: TaskFields
    created_at: datetime
    completed_at: datetime | None


class _Chance:
    """Pseudo-random choices: the same text gives the same choices."""

    __slots__ = ("_left",)

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(blake2b(text.encode()).digest())

    def below(self, limit: int) -> int:
        """Return a number from 0 to below the limit; one hash suffices for about thirty numbers of this size."""
        self._left, number = divmod(self._left, limit)
        return number

    def of(self, percent: int) -> bool:
        """Return True with this probability."""
        return self.below(100) < percent

    def pick(self, things: Sequence[_T]) -> _T:
        """Return one of the things."""
        return things[self.below(len(things))]


def samples(seed: int, numbers: Iterable[int], *, now: datetime, zone: ZoneInfo) -> Iterator[Sample]:
    """Yield the tasks with these numbers. `now` (aware UTC, whole seconds) is when the demo began."""
    local = now.astimezone(zone).replace(tzinfo=None)
    for number in numbers:
        yield _sample(_Chance(f"{seed} {number}"), now=now, local=local) if number else _soon(now)


def _sample(choose: _Chance, *, now: datetime, local: datetime) -> Sample:
    verb, objects, tags = choose.pick(_ACTS)
    created_at = now - timedelta(seconds=3600 + choose.below(60 * 86_400))
    due = _due(choose, local.date())
    is_done = choose.of(70 if _is_past(due, local) else 20)
    recurs = due is not None and not is_done and choose.of(8)
    fields = TaskFields(
        title=f"{verb} {choose.pick(objects)}",
        description=choose.pick(_NOTES),
        priority=choose.pick(_PRIORITIES),
        tags=_tags(choose, tags),
        completed=is_done,
        due=due,
        floating=isinstance(due, AtWall) and choose.of(10),
        recurrence=choose.pick(_RULES) if recurs else UNSET,
        reminders=_reminders(choose, due),
    )
    return Sample(fields, created_at, _moment_between(choose, created_at, now) if is_done else None)


def _soon(now: datetime) -> Sample:
    """Return a task whose reminder fires a minute after the demo began."""
    fields = TaskFields(
        title="See a reminder arrive",
        description="Its reminder fires a minute after the demo was made.",
        priority=Priority.URGENT,
        tags=("ideas",),
        due=AtInstant(now + timedelta(minutes=31)),
        reminders=(ReminderInput(at=AtInstant(now + timedelta(minutes=1))),),
    )
    return Sample(fields, now, None)


def _due(choose: _Chance, today: date) -> When | None:
    kind = choose.below(100)
    if kind < 15:
        return None
    day = today + timedelta(days=choose.pick(_DAYS))
    return OnDay(day) if kind < 45 else AtWall(datetime.combine(day, choose.pick(_TIMES)))


def _is_past(due: When | None, local: datetime) -> bool:
    if isinstance(due, AtWall):
        return due.wall < local
    return isinstance(due, OnDay) and due.day < local.date()


def _tags(choose: _Chance, fitting: Sequence[str]) -> tuple[str, ...]:
    kept = [name for name in fitting if choose.of(50)]
    more = [choose.pick(TAGS)] if choose.of(25) else []
    return tuple(dict.fromkeys([*kept, *more]))


def _reminders(choose: _Chance, due: When | None) -> tuple[ReminderInput, ...] | Unset:
    if due is None or not choose.of(20):
        return UNSET
    return choose.pick(_BEFORE_DAY if isinstance(due, OnDay) else _BEFORE_TIME)


def _moment_between(choose: _Chance, begin: datetime, end: datetime) -> datetime:
    return begin + timedelta(seconds=1 + choose.below(int((end - begin).total_seconds()) - 1))
