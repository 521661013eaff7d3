"""How far everything is behind: differences between head, published, settled and the cursors."""

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Sum

from events_app.consumers.registry import consumers
from events_app.models import Consumer, Cursor, DeadLetter, ParkedMessage, Stream
from foundation.database import sql


@dataclass(frozen=True)
class ConsumerLag:
    """One consumer: in how many streams and by how many events it is behind, and what waits for what."""

    name: str
    state: str
    streams: int
    events: int
    waiting: int
    blocked: int
    dead_letters: int


@dataclass(frozen=True)
class LogLag:
    """The log: streams and events not told to the broker, streams standing aside, unsettled, messages parked."""

    unpublished_streams: int
    unpublished_events: int
    standing_aside: int
    unsettled_streams: int
    parked_messages: int


def log_lag() -> LogLag:
    """Return how far the relay and reconcile are behind; reads partial indexes, so cost follows the backlog."""
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
    """Return every consumer of settings with its lag over the unsettled streams, and what is stored of failures."""
    states = dict(Consumer.objects.values_list("name", "state"))
    behind = _behind()
    waiting = _counts(Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True))
    blocked = _counts(Cursor.objects.filter(blocked_at__isnull=False))
    letters = _counts(DeadLetter.objects.filter(resolved_at__isnull=True))
    return [
        ConsumerLag(
            name=name,
            state=states.get(name, "not registered"),
            streams=behind.get(name, (0, 0))[0],
            events=behind.get(name, (0, 0))[1],
            waiting=waiting.get(name, 0),
            blocked=blocked.get(name, 0),
            dead_letters=letters.get(name, 0),
        )
        for name in consumers()
    ]


def _behind() -> dict[str, tuple[int, int]]:
    listed, params = sql.values([(name,) for name in consumers()])
    rows = sql.fetch(
        f"WITH c(name) AS ({listed})"
        " SELECT c.name, COUNT(*), SUM(s.head - COALESCE(k.seq, 0))"
        " FROM c CROSS JOIN events_app_stream s"
        " LEFT JOIN events_app_cursor k ON k.consumer = c.name AND k.stream_id = s.id"
        " WHERE s.settled < s.head AND COALESCE(k.seq, 0) < s.head GROUP BY c.name",
        params,
    )
    return {name: (streams, int(events)) for name, streams, events in rows}


def _counts(rows: QuerySet[Cursor] | QuerySet[DeadLetter]) -> dict[str, int]:
    return dict(rows.values_list("consumer").annotate(n=Count("id")).order_by())
