"""The lag of the relay, of reconcile and of the consumers: differences between head, published, settled, cursors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, F, FilteredRelation, Min, Model, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from events_app.consumers.registry import consumers
from events_app.models import Consumer, Cursor, DeadLetter, ParkedMessage, Stream

_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True)
class ConsumerLag:
    """The lag of one consumer in streams and events, and how many cursors wait, are blocked, have dead letters.

    `eager_streams` and `eager_events` are without cursors that wait or are blocked: more processes would apply these
    sooner. `moved_at` is when the first stream of the lag moved last.
    """

    name: str
    state: str
    streams: int
    events: int
    eager_streams: int
    eager_events: int
    moved_at: datetime | None
    waiting: int
    blocked: int
    dead_letters: int


@dataclass(frozen=True)
class LogLag:
    """Counts of unpublished streams and events, streams that wait for a retry, unsettled streams, parked messages.

    `eager_events` are the unpublished ones of streams that do not wait for a retry. The times are when the first stream
    of each kind moved last.
    """

    unpublished_streams: int
    unpublished_events: int
    eager_events: int
    unpublished_moved_at: datetime | None
    standing_aside: int
    unsettled_streams: int
    unsettled_moved_at: datetime | None
    parked_messages: int


def log_lag(*, most_streams: int | None = None) -> LogLag:
    """Return the lag of the relay and of reconcile. It reads partial indexes: cost follows the backlog.

    With `most_streams` only so many streams of each kind are looked at, and the numbers are at least these.
    """
    length = F("head") - F("published")
    unpublished = _at_most(most_streams, Stream.objects.filter(published__lt=F("head"))).aggregate(
        streams=Count("id"),
        events=Sum(length, default=0),
        eager=Sum(length, default=0, filter=Q(relay_retry_at__isnull=True)),
        moved_at=Min("moved_at"),
        aside=Count("relay_retry_at"),
    )
    unsettled = _at_most(most_streams, Stream.objects.filter(settled__lt=F("head"))).aggregate(
        streams=Count("id"), moved_at=Min("moved_at")
    )
    return LogLag(
        unpublished_streams=unpublished["streams"],
        unpublished_events=unpublished["events"],
        eager_events=unpublished["eager"],
        unpublished_moved_at=unpublished["moved_at"],
        standing_aside=unpublished["aside"],
        unsettled_streams=unsettled["streams"],
        unsettled_moved_at=unsettled["moved_at"],
        parked_messages=ParkedMessage.objects.count(),
    )


def consumer_lags(*, most_streams: int | None = None) -> list[ConsumerLag]:
    """Return the lag of each consumer of the settings over the unsettled streams, with its stored failures.

    With `most_streams` only so many of the unsettled streams, and of the rows of each failure, are looked at.
    """
    states = dict(Consumer.objects.values_list("name", "state"))
    behind = {name: _unsettled_lag(name, most_streams) for name in consumers()}
    waiting = _counts(Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True), most_streams)
    blocked = _counts(Cursor.objects.filter(blocked_at__isnull=False), most_streams)
    letters = _counts(DeadLetter.objects.filter(resolved_at__isnull=True), most_streams)
    return [
        ConsumerLag(
            name=name,
            state=states.get(name, "not registered"),
            **behind[name],
            waiting=waiting.get(name, 0),
            blocked=blocked.get(name, 0),
            dead_letters=letters.get(name, 0),
        )
        for name in consumers()
    ]


def _unsettled_lag(consumer: str, most_streams: int | None) -> dict[str, Any]:
    """Return the fields of ConsumerLag that are about the unsettled streams in which the consumer is behind."""
    behind = streams_of(consumer).filter(settled__lt=F("head"), position__lt=F("head"))
    if most_streams is not None:
        first = Stream.objects.filter(settled__lt=F("head")).values("pk")[:most_streams]
        behind = behind.filter(pk__in=first)
    length, is_eager = F("head") - F("position"), Q(retry_at__isnull=True, blocked_at__isnull=True)
    return behind.aggregate(
        streams=Count("id"),
        events=Sum(length, default=0),
        eager_streams=Count("id", filter=is_eager),
        eager_events=Sum(length, default=0, filter=is_eager),
        moved_at=Min("moved_at"),
    )


def streams_of(consumer: str) -> QuerySet[Any]:
    """Return all streams with the consumer's `position` (0 without a cursor), its `retry_at` and its `blocked_at`."""
    own = FilteredRelation("cursors", condition=Q(cursors__consumer=consumer))
    return Stream.objects.annotate(own=own).annotate(
        position=Coalesce("own__seq", 0),
        retry_at=F("own__retry_at"),
        blocked_at=F("own__blocked_at"),
    )


def _at_most(number: int | None, rows: QuerySet[_M]) -> QuerySet[_M]:
    """Return the rows, no more than `number` of them: the database stops looking there."""
    return rows if number is None else rows.model._default_manager.filter(pk__in=rows.values("pk")[:number])


def _counts(rows: QuerySet[Cursor] | QuerySet[DeadLetter], most: int | None) -> dict[str, int]:
    return dict(_at_most(most, rows).values_list("consumer").annotate(n=Count("id")).order_by())
