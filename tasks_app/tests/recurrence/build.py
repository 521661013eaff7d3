"""Short ways to say dates, instants and schedules in these tests."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

from tasks_app import recurrence as rec
from tasks_app.recurrence import Schedule, Slot


def day(text: str) -> date:
    return date.fromisoformat(text)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slot(text: str) -> Slot:
    return wall(text) if "T" in text else day(text)


def slots(texts: str) -> tuple[Slot, ...]:
    return tuple(slot(text) for text in texts.split())


def schedule(rule: object, start: str, *, zone: str = "UTC", excluded: str = "", **options: str) -> Schedule:
    """A schedule of any form of rule; `overflow` and `anchor` go with an RRULE text."""
    value = {"rule": rule, **options} if options else rule
    recurrence = rec.parse_recurrence(value)
    return Schedule(recurrence, slot(start), rec.load_zone(zone), frozenset(slots(excluded)))


def texts(found: Iterable[Slot]) -> str:
    return " ".join(rec.slot_text(slot) for slot in found)


def between(schedule: Schedule, since: Slot, before: Slot, *, limit: int = 1000) -> tuple[Slot, ...]:
    """At most `limit` slots from `since` (inclusive) to `before` (exclusive)."""
    step = timedelta(seconds=1) if isinstance(since, datetime) else timedelta(days=1)
    found = takewhile(
        lambda slot: _is_before(schedule, slot, before), rec.iterate_after(schedule, since - step)
    )
    return tuple(islice(found, limit))


def _is_before(schedule: Schedule, slot: Slot, before: Slot) -> bool:
    """Whether a slot is earlier: of a schedule of days, on an earlier day."""
    if isinstance(slot, datetime) and not isinstance(before, datetime):
        return slot.date() < before
    return slot < (before if isinstance(slot, datetime) else rec.day_of(before))


def first(count: int, of: Schedule) -> str:
    return texts(rec.occurrences(of, count))
