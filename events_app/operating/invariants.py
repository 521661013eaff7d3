"""Invariants of the log: each check is a query that should find nothing. `manage.py event_audit` runs them.

Apps add checks as dotted paths in `settings.EVENT_INVARIANTS`: functions without arguments that yield
InvariantFindings.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from events_app.consumers.registry import consumers
from events_app.contracts import CLOSED
from events_app.models import Consumer, Cursor, Stream
from events_app.operating.lag import consumer_lags, log_lag, streams_of

FINDINGS_PER_CHECK = 20


@dataclass(frozen=True)
class InvariantFinding:
    """One violation that a check found.

    Kinds: `broken` means that a promise is broken and time does not repair it; `operator` that an operator must
    decide; `lag` that work is under way.
    """

    check: str
    subject: str
    detail: str
    kind: Literal["broken", "operator", "lag"] = "broken"


Check = Callable[[], Iterable[InvariantFinding]]


def find_all(before_each: Callable[[str], object] = bool) -> list[InvariantFinding]:
    """Run all checks, of this app and of the settings, and return at most 20 findings of each.

    `before_each` is told the name of a check before it runs, and may raise to end it all: some read every row.
    """
    checks: list[Check] = [
        find_gaps,
        find_cursors_beyond_head,
        find_stuck,
        find_cursors_behind_tail,
        find_decisions,
        find_lag,
        *(import_string(path) for path in settings.EVENT_INVARIANTS),
    ]
    found: list[InvariantFinding] = []
    for check in checks:
        before_each(check.__name__)
        found += islice(check(), FINDINGS_PER_CHECK)
    return found


def find_gaps() -> Iterator[InvariantFinding]:
    """Yield streams whose events are not numbered from tail + 1 to head without a gap."""
    counted = (
        Stream.objects.exclude(key__startswith=CLOSED)
        .values_list("key", "tail", "head")
        .annotate(
            count=Count("events"),
            low=Coalesce(Min("events__seq"), 0),
            high=Coalesce(Max("events__seq"), 0),
        )
    )
    is_torn = Q(count__gt=0) & (~Q(low=F("tail") + 1) | ~Q(high=F("head")))
    torn = counted.filter(~Q(count=F("head") - F("tail")) | is_torn)
    for key, tail, head, count, low, high in torn[:FINDINGS_PER_CHECK]:
        yield InvariantFinding(
            "gaps", key, f"{count} events from {low} to {high}, expected {tail + 1} to {head}"
        )


def find_cursors_beyond_head() -> Iterator[InvariantFinding]:
    """Yield cursors beyond their stream's head. A constraint of the database orders the other numbers."""
    for cursor in (
        Cursor.objects.filter(seq__gt=F("stream__head"))
        .exclude(stream__key__startswith=CLOSED)
        .select_related("stream")
    ):
        yield InvariantFinding(
            "numbers", str(cursor), f"cursor {cursor.seq} is beyond head {cursor.stream.head}"
        )


def find_stuck() -> Iterator[InvariantFinding]:
    """Yield cursors that would never be retried: a failure without a retry time, or one behind in a settled stream."""
    lost = Cursor.objects.filter(retry_at__isnull=True).filter(
        Q(attempts__gt=0) | Q(blocked_at__isnull=False)
    )
    for cursor in lost:
        yield InvariantFinding("stuck", str(cursor), "a failure is stored without a time to try again")
    live = Consumer.objects.filter(state=Consumer.State.LIVE, name__in=list(consumers()))
    for name in live.values_list("name", flat=True):
        yield from _settled_too_early(name)


def _settled_too_early(consumer: str) -> Iterator[InvariantFinding]:
    early = streams_of(consumer).filter(settled__gt=F("position"), retry_at__isnull=True)
    for key, settled, seq in early.values_list("key", "settled", "position")[:FINDINGS_PER_CHECK]:
        yield InvariantFinding(
            "stuck", f"{consumer} {key}", f"settled at {settled}, but the cursor is at {seq} and nobody waits"
        )


def find_cursors_behind_tail() -> Iterator[InvariantFinding]:
    """Yield streams that were trimmed beyond what the relay has published or a consumer has applied."""
    for stream in Stream.objects.filter(tail__gt=F("published")):
        yield InvariantFinding(
            "trim", stream.key, f"trimmed to {stream.tail}, published to {stream.published}"
        )
    behind = Cursor.objects.filter(seq__lt=F("stream__tail"), consumer__in=list(consumers()))
    for cursor in behind.select_related("stream"):
        yield InvariantFinding(
            "trim", str(cursor), f"trimmed to {cursor.stream.tail}, applied to {cursor.seq}"
        )


def find_decisions() -> Iterator[InvariantFinding]:
    """Yield blocked cursors, open dead letters and parked messages, which wait for an operator."""
    for consumer in consumer_lags():
        if consumer.blocked:
            yield InvariantFinding(
                "blocked", consumer.name, f"{consumer.blocked} streams are blocked", "operator"
            )
        if consumer.dead_letters:
            yield InvariantFinding(
                "dead letters", consumer.name, f"{consumer.dead_letters} events were passed over", "operator"
            )
    parked = log_lag().parked_messages
    if parked:
        yield InvariantFinding("parked", "relay", f"{parked} messages were accepted by no broker", "operator")


def find_lag() -> Iterator[InvariantFinding]:
    """Yield unpublished, unapplied and unsettled events: work that is under way."""
    state = log_lag()
    if state.unpublished_streams:
        detail = f"{state.unpublished_events} events of {state.unpublished_streams} streams are not published"
        yield InvariantFinding("lag", "relay", detail, "lag")
    for consumer in consumer_lags():
        if consumer.streams and consumer.state != Consumer.State.PAUSED:
            detail = f"behind in {consumer.streams} streams by {consumer.events} events, {consumer.waiting} waiting"
            yield InvariantFinding("lag", consumer.name, detail, "lag")
    if state.unsettled_streams:
        yield InvariantFinding(
            "lag", "reconcile", f"{state.unsettled_streams} streams are not settled", "lag"
        )
