"""One transaction of the kernel: lock cursors, read the log once, call the handlers, move the cursors.

HandlerFailed       an event could not be applied; the whole transaction is rolled back
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, connection

from events_app.consumers.kernel.cursors import (
    CursorState,
    LockedCursor,
    Place,
    create_cursors,
    lock_cursors,
    move_cursors,
)
from events_app.consumers.registry import AppliedRange, BoundConsumer, consumers
from events_app.contracts import RecordedEvent
from events_app.contracts.registry import is_known
from events_app.errors import FAILURES, describe_error
from events_app.log.read import SeqRange, read_ranges
from events_app.metrics import APPLY_SECONDS
from events_app.runtime.crash import crash_point
from events_app.runtime.watchdog import WatchedWork, name_work
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import is_database_trouble, write_transaction
from foundation.tracing import Attributes, RunningSpan, is_tracing, span

MAX_EVENTS = 500


class HandlerFailed(Exception):
    """The handler raised `error` at `event`, which is None if it got a whole batch, or if the commit failed."""

    def __init__(self, event: RecordedEvent | None, error: BaseException) -> None:
        super().__init__(describe_error(error))
        self.event = event
        self.error = error


class TransactionBroken(Exception):
    """The handler caught a database error and returned, although its transaction must be rolled back."""


@dataclass(frozen=True)
class BatchResult:
    """The result of one transaction.

    `applied`: the applied ranges by consumer; `deferred`: streams with more than the 500 events of a transaction;
    `too_new`: streams whose next event a newer release wrote, each with its new position.
    """

    applied: Mapping[str, Sequence[AppliedRange]] = field(default_factory=dict)
    deferred: tuple[CursorState, ...] = ()
    too_new: tuple[tuple[CursorState, int], ...] = ()


@dataclass(frozen=True)
class _Part:
    """What one consumer applies of one stream: `seq < sequence number <= to`."""

    cursor: LockedCursor
    state: CursorState
    to: int
    events: tuple[RecordedEvent, ...] = ()
    too_new: bool = False

    @property
    def has_moved(self) -> bool:
        return self.to > self.cursor.seq

    def with_events(self, events: Sequence[RecordedEvent]) -> "_Part":
        """Return the part with its events, ended before the first one that a newer release wrote."""
        wants = consumers()[self.state.consumer].spec.wants
        mine = [
            e for e in events if self.cursor.seq < e.seq <= self.to and (wants is None or e.type in wants)
        ]
        for position, event in enumerate(mine):
            if not is_known(event.type, event.v):
                return replace(self, to=event.seq - 1, events=tuple(mine[:position]), too_new=True)
        return replace(self, events=tuple(mine))


def run_batch(
    states: Sequence[CursorState], *, singly: bool = False, skip_locked: bool = False
) -> BatchResult:
    """Apply the events between the cursors and the heads of these streams, at most 500 a consumer, in one transaction.

    With `singly` handlers get one event at a time, so that HandlerFailed has the event that failed.
    Raises HandlerFailed and the database's errors: then no consumer has applied anything.
    """
    with _raise_commit_failures() as commit, write_transaction():
        create_cursors([state.place for state in states if not state.has_cursor])
        cursors = lock_cursors([state.place for state in states], skip_locked=skip_locked)
        crash_point("kernel.after_lock")
        assigned, deferred = _assign_ranges(states, cursors)
        by_consumer = _read_parts(assigned)
        commit.has_work = any(part.events for parts in by_consumer.values() for part in parts)
        for name, parts in by_consumer.items():
            apply_events(consumers()[name], [e for part in parts for e in part.events], singly=singly)
            crash_point("kernel.after_handlers")
        moved = [part for parts in by_consumer.values() for part in parts if part.has_moved]
        if moved:
            move_cursors({part.cursor.id: part.to for part in moved})
        crash_point("kernel.after_cursors")
    crash_point("kernel.after_commit")
    return BatchResult(
        applied={name: _applied(parts) for name, parts in by_consumer.items()},
        deferred=tuple(deferred),
        too_new=tuple((p.state, p.to) for parts in by_consumer.values() for p in parts if p.too_new),
    )


def _applied(parts: Sequence[_Part]) -> list[AppliedRange]:
    return [AppliedRange(p.state.key, p.cursor.seq, p.to, p.events) for p in parts if p.has_moved]


def _assign_ranges(
    states: Sequence[CursorState], cursors: Mapping[Place, LockedCursor]
) -> tuple[list[_Part], list[CursorState]]:
    """Return how far each cursor goes, and the streams that need more events than fit into one transaction."""
    left: dict[str, int] = defaultdict(lambda: MAX_EVENTS)
    parts, deferred = [], []
    for state in states:
        cursor = cursors.get(state.place)
        if cursor is None or cursor.waits or cursor.seq >= state.head:
            continue
        # An event that failed before is tried alone: if it fails again, the following ones were read in vain.
        most = min(left[state.consumer], 1) if cursor.attempts else left[state.consumer]
        to = min(state.head, cursor.seq + most)
        left[state.consumer] -= to - cursor.seq
        if to > cursor.seq:
            parts.append(_Part(cursor, state, to))
        if to < state.target:
            deferred.append(state)
    return parts, deferred


def _read_parts(parts: Sequence[_Part]) -> dict[str, list[_Part]]:
    """Return the parts with their events, by consumer in the order of the settings; the log is read once for all."""
    names = {part.state.consumer for part in parts}
    events = read_ranges(_ranges_of(parts), types=_types_for(names))
    whole = [part.with_events(events.get(part.state.stream_id, ())) for part in parts]
    return {name: [p for p in whole if p.state.consumer == name] for name in consumers() if name in names}


def _ranges_of(parts: Sequence[_Part]) -> list[SeqRange]:
    """Return the ranges that the parts need, without repetition.

    What lies between a consumer that is far behind and the others belongs to none of them, and may be a whole history.
    """
    ranges: list[SeqRange] = []
    for part in sorted(parts, key=lambda part: (part.state.stream_id, part.cursor.seq)):
        last = ranges[-1] if ranges else None
        if last is not None and last.stream_id == part.state.stream_id and part.cursor.seq <= last.to:
            ranges[-1] = replace(last, to=max(last.to, part.to))
        else:
            ranges.append(SeqRange(part.state.stream_id, part.state.key, part.cursor.seq, part.to))
    return ranges


def _types_for(names: Collection[str]) -> list[str] | None:
    """Return the types that any of these consumers wants; None means all."""
    wants = [consumers()[name].spec.wants for name in names]
    return None if None in wants else sorted({type_ for listed in wants for type_ in listed or ()})


def apply_events(bound: BoundConsumer, events: Sequence[RecordedEvent], *, singly: bool) -> None:
    """Call the handler inside the running transaction. Raises HandlerFailed, or an error of the database itself."""
    if not events:
        return
    if singly or not bound.spec.many:
        for event in events:
            _call(bound, [event], cause=event)
    else:
        _call(bound, events, cause=None)


def _call(bound: BoundConsumer, events: Sequence[RecordedEvent], *, cause: RecordedEvent | None) -> None:
    with _process_span(bound.spec.name, events, cause) as running:
        _apply(bound, events, cause=cause, traceparent=running.traceparent)


def _process_span(
    name: str, events: Sequence[RecordedEvent], cause: RecordedEvent | None
) -> AbstractContextManager[RunningSpan]:
    """Return the span of a call of a handler: a child of what caused its event, or with a link to each of several."""
    about: Attributes = {
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": name,
        "messaging.batch.message_count": len(events),
    }
    return span(
        f"process {name}",
        "CONSUMER",
        parent=cause.traceparent if cause is not None else "",
        links=[event.traceparent for event in events] if is_tracing() else (),
        attributes=about,
    )


def _apply(
    bound: BoundConsumer, events: Sequence[RecordedEvent], *, cause: RecordedEvent | None, traceparent: str
) -> None:
    source = Provenance(actor=Actor("consumer", bound.spec.name), traceparent=traceparent)
    if cause is not None:
        source = replace(source, causation_id=cause.event_id, request_id=cause.request_id)
    work = WatchedWork(f"consumer {bound.spec.name} ({bound.spec.handler})", bound.spec.name, events)
    seconds = APPLY_SECONDS.labels(bound.spec.name).time()
    with _raise_failures(cause), use_provenance(source), name_work(work), seconds:
        bound.apply(events)
        if connection.needs_rollback:
            raise TransactionBroken("the handler went on after an error that undoes its transaction")


@dataclass
class _Commit:
    """Whether a handler has run in the transaction that is about to be committed."""

    has_work: bool = False


@contextmanager
def _raise_commit_failures() -> Iterator[_Commit]:
    """Raise HandlerFailed without an event for a database error after the handlers: some event caused it.

    Foreign keys are checked at the commit, and an error that a handler caught appears at the next statement.
    """
    commit = _Commit()
    try:
        yield commit
    except DatabaseError as error:
        if is_database_trouble(error) or not commit.has_work:
            raise
        raise HandlerFailed(None, error) from error


@contextmanager
def _raise_failures(event: RecordedEvent | None) -> Iterator[None]:
    """Raise HandlerFailed for a failure of the block, but let an error of the database itself pass."""
    try:
        yield
    except FAILURES as error:
        if is_database_trouble(error):
            raise
        raise HandlerFailed(event, error) from error
