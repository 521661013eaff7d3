"""The lag of the relay, of reconcile and of the consumers: differences between head, published, settled, cursors."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from events_app.consumers.registry import consumers
from events_app.models import Consumer, Cursor, DeadLetter, ParkedMessage, Stream


@dataclass(frozen=True)
class ConsumerLag:
    """The lag of one consumer in streams and events, and how many cursors wait, are blocked, have dead letters."""

    name: str
    state: str
    streams: int
    events: int
    waiting: int
    blocked: int
    dead_letters: int


@dataclass(frozen=True)
class LogLag:
    """Counts of unpublished streams and events, streams that wait for a retry, unsettled streams, parked messages."""

    unpublished_streams: int
    unpublished_events: int
    standing_aside: int
    unsettled_streams: int
    parked_messages: int


def log_lag() -> LogLag:
    """Return the lag of the relay and of reconcile. It reads partial indexes: cost follows the backlog."""
    unpublished = Stream.objects.filter(published__lt=F("head")).aggregate(
        streams=Count("id"), events=Sum(F("head") - F("published")), aside=Count("relay_retry_at")
    )
    return LogLag(
        unpublished_streams=unpublished["streams"],
        unpublished_events=unpublished["events"] or 0,
        standing_aside=unpublished["aside"],
        unsettled_streams=Stream.objects.filter(settled__lt=F("head")).count(),
        parked_messages=ParkedMessage.objects.count(),
    )


def consumer_lags() -> list[ConsumerLag]:
    """Return the lag of each consumer of the settings over the unsettled streams, with its stored failures."""
    states = dict(Consumer.objects.values_list("name", "state"))
    behind = {name: _unsettled_lag(name) for name in consumers()}
    waiting = _counts(Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True))
    blocked = _counts(Cursor.objects.filter(blocked_at__isnull=False))
    letters = _counts(DeadLetter.objects.filter(resolved_at__isnull=True))
    return [
        ConsumerLag(
            name=name,
            state=states.get(name, "not registered"),
            streams=behind[name][0],
            events=behind[name][1],
            waiting=waiting.get(name, 0),
            blocked=blocked.get(name, 0),
            dead_letters=letters.get(name, 0),
        )
        for name in consumers()
    ]


def _unsettled_lag(consumer: str) -> tuple[int, int]:
    """Return in how many unsettled streams the consumer is behind, and by how many events."""
    behind = streams_of(consumer).filter(settled__lt=F("head"), position__lt=F("head"))
    found = behind.aggregate(streams=Count("id"), events=Sum(F("head") - F("position"), default=0))
    return found["streams"], found["events"]


def streams_of(consumer: str) -> QuerySet[Any]:
    """Return all streams, annotated with the consumer's `position` (0 without a cursor) and its `retry_at`."""
    own = FilteredRelation("cursors", condition=Q(cursors__consumer=consumer))
    return Stream.objects.annotate(own=own).annotate(
        position=Coalesce("own__seq", 0), retry_at=F("own__retry_at")
    )


def _counts(rows: QuerySet[Cursor] | QuerySet[DeadLetter]) -> dict[str, int]:
    return dict(rows.values_list("consumer").annotate(n=Count("id")).order_by())
