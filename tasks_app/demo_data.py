"""Believable tasks from a seed: the same seed, number and start give the same task. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.fields import UNSET, AtInstant, AtWall, OnDay, ReminderInput, TaskFields, Unset, When
from tasks_app.models import Priority

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
_RULES: Final = (
    "daily",
    "weekdays",
    "weekly",
    "monthly",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
)
_NOTES: Final = ("", "", "", "Ask for the receipt.", "See the message of last week.", "Takes about an hour.")
_PRIORITIES: Final = (Priority.LOW,) * 2 + (Priority.MEDIUM,) * 5 + (Priority.HIGH,) * 2 + (Priority.URGENT,)
_BEFORE_TIME: Final = ("-PT15M", "-PT30M", "-PT1H", "-P1D")
_BEFORE_DAY: Final = ("-PT15H", "PT9H")


@dataclass(frozen=True, slots=True)
class Sample:
    """One task of the demo: what somebody might have asked for, and when it was made and done."""

    fields: TaskFields
    created_at: datetime
    completed_at: datetime | None


def sample(seed: int, number: int, *, now: datetime, zone: ZoneInfo) -> Sample:
    """Return the task of this number. `now` (aware UTC, whole seconds) is when the demo began."""
    if number == 0:
        return _soon(now)
    choose = Random(f"{seed} {number}")  # noqa: S311 - no secret
    verb, objects, tags = choose.choice(_ACTS)
    created_at = now - timedelta(seconds=choose.randrange(3600, 60 * 86_400))
    due = _due(choose, now.astimezone(zone).replace(tzinfo=None))
    is_done = choose.random() < (0.7 if _is_past(due, now, zone) else 0.2)
    recurs = due is not None and not is_done and choose.random() < 0.08
    fields = TaskFields(
        title=f"{verb} {choose.choice(objects)}",
        description=choose.choice(_NOTES),
        priority=choose.choice(_PRIORITIES),
        tags=_tags(choose, tags),
        due=due,
        floating=isinstance(due, AtWall) and choose.random() < 0.1,
        recurrence=_recurrence(choose) if recurs else UNSET,
        reminders=_reminders(choose, due),
    )
    return Sample(fields, created_at, _moment_between(choose, created_at, now) if is_done else None)


def _soon(now: datetime) -> Sample:
    """The task that shows what a reminder is like: it comes within a minute or so."""
    fields = TaskFields(
        title="See a reminder arrive",
        description="Its reminder fires a minute after the demo was made.",
        priority=Priority.URGENT,
        tags=("ideas",),
        due=AtInstant(now + timedelta(minutes=31)),
        reminders=(ReminderInput(at=AtInstant(now + timedelta(minutes=1))),),
    )
    return Sample(fields, now, None)


def _due(choose: Random, today: datetime) -> When | None:
    kind = choose.random()
    if kind < 0.15:
        return None
    day = (today + timedelta(days=round(choose.triangular(-30, 90, 3)))).date()
    if kind < 0.45:
        return OnDay(day)
    return AtWall(datetime.combine(day, time(choose.randrange(7, 21), choose.choice((0, 0, 15, 30)))))


def _is_past(due: When | None, now: datetime, zone: ZoneInfo) -> bool:
    today = now.astimezone(zone).replace(tzinfo=None)
    if isinstance(due, AtWall):
        return due.wall < today
    return isinstance(due, OnDay) and due.day < today.date()


def _tags(choose: Random, fitting: Sequence[str]) -> tuple[str, ...]:
    own = choose.sample(fitting, choose.randrange(len(fitting) + 1))
    more = [choose.choice(TAGS)] if choose.random() < 0.25 else []
    return tuple(dict.fromkeys([*own, *more]))


def _recurrence(choose: Random) -> rec.Recurrence:
    return rec.parse_recurrence(choose.choice(_RULES))


def _reminders(choose: Random, due: When | None) -> tuple[ReminderInput, ...] | Unset:
    if due is None or choose.random() > 0.2:
        return UNSET
    offset = choose.choice(_BEFORE_DAY if isinstance(due, OnDay) else _BEFORE_TIME)
    return (ReminderInput(offset=rec.parse_offset(offset)),)


def _moment_between(choose: Random, begin: datetime, end: datetime) -> datetime:
    return begin + timedelta(seconds=choose.randrange(1, int((end - begin).total_seconds())))
