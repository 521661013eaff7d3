"""Consumers for tests: they record the events that they get, and fail at events of a given number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.test import override_settings
from django.utils import timezone

from events_app.consumers import registry
from events_app.consumers.registry import AppliedRange
from events_app.consumers.specs import ConsumerSpec
from events_app.contracts import (
    NotificationCreated,
    NotificationSnapshot,
    PreferencesSnapshot,
    PreferencesUpdated,
    RecordedEvent,
)
from events_app.log.history import head_of
from events_app.log.write import writing
from events_app.models import Consumer

seen: list[tuple[str, int]] = []
poison: set[int] = set()
ranges: list[AppliedRange] = []

ONE = ConsumerSpec(
    name="one",
    topics=("task-events",),
    wants=None,
    handler="events_app.tests.recorders.take_one",
    policy="block",
    start="beginning",
    max_attempts=3,
)
MANY = replace(
    ONE,
    name="many",
    handler="events_app.tests.recorders.take_many",
    many=True,
    after_commit="events_app.tests.recorders.take_ranges",
)
SKIPPING = replace(ONE, name="skipping", policy="skip")


class Poison(Exception):
    """The error that a recorder raises at a poisoned sequence number."""


def act_at_poison(seq: int) -> None:
    """Raise Poison; tests replace it with something else that a handler may do."""
    raise Poison(f"cannot take {seq}")


def take_one(event: RecordedEvent) -> None:
    if event.seq in poison:
        act_at_poison(event.seq)
    seen.append((event.stream_key, event.seq))


def take_many(events: Sequence[RecordedEvent]) -> None:
    for event in events:
        take_one(event)


def take_ranges(applied: Sequence[AppliedRange]) -> None:
    ranges.extend(applied)


@contextmanager
def consumers_are(*specs: ConsumerSpec) -> Iterator[None]:
    """Make `specs` the only consumers, live from the beginning, and clear the recorders."""
    seen.clear()
    poison.clear()
    ranges.clear()
    with override_settings(EVENT_CONSUMERS=specs):
        registry.consumers.cache_clear()
        Consumer.objects.bulk_create(Consumer(name=spec.name, state="live") for spec in specs)
        try:
            yield
        finally:
            registry.consumers.cache_clear()


def preferences_changed() -> PreferencesUpdated:
    """Return a payload that is never published."""
    snapshot = PreferencesSnapshot(
        time_zone="UTC", week_start="mo", quiet_from=None, quiet_until=None, channels=["in_app"]
    )
    return PreferencesUpdated(preferences=snapshot, changed_fields=["time_zone"], previous={})


def write_events(user_id: int, count: int) -> int:
    """Record `count` unpublished events of one user; return the head."""
    with writing(user_id) as log:
        log.record_many([preferences_changed()] * count)
    return head_of(user_id)


def write_notifications(user_id: int, count: int) -> int:
    """Record `count` notifications of one user, which topics carry; return the head."""
    snapshot = NotificationSnapshot(
        id=1,
        kind="reminder",
        title="Buy",
        body="milk",
        task_id=1,
        reminder_id=None,
        firing=None,
        created_at=timezone.now(),
        read_at=None,
    )
    with writing(user_id) as log:
        log.record_many([NotificationCreated(notification=snapshot)] * count)
    return head_of(user_id)
