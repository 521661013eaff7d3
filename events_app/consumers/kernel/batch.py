"""One transaction of the kernel: lock cursors, read the log, call the handler, move the cursors.

HandlerFailed       an event could not be applied; the whole transaction is rolled back
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import DatabaseError, connection

from events_app.consumers.kernel.cursors import (
    CursorState,
    LockedCursor,
    create_cursors,
    lock_cursors,
    move_cursors,
)
from events_app.consumers.registry import AppliedRange, BoundConsumer
from events_app.contracts import RecordedEvent
from events_app.contracts.registry import is_known
from events_app.errors import FAILURES, describe_error
from events_app.log.read import SeqRange, read_ranges
from events_app.runtime.crash import crash_point
from events_app.runtime.watchdog import WatchedWork, name_work
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import is_database_trouble, write_transaction

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

    `applied`: the applied ranges; `deferred`: streams with more than the 500 events of a transaction; `too_new`:
    streams whose next event a newer release wrote, each with its new position.
    """

    applied: tuple[AppliedRange, ...]
    deferred: tuple[CursorState, ...]
    too_new: tuple[tuple[CursorState, int], ...]


@dataclass(frozen=True)
class _Part:
    cursor: LockedCursor
    state: CursorState
    to: int
    events: tuple[RecordedEvent, ...]
    too_new: bool = False

    @property
    def range(self) -> AppliedRange:
        return AppliedRange(self.state.key, self.cursor.seq, self.to, self.events)


def run_batch(
    bound: BoundConsumer, states: Sequence[CursorState], *, singly: bool = False, skip_locked: bool = False
) -> BatchResult:
    """Apply the events between the cursors and the heads of these streams, at most 500, in one transaction.

    With `singly` the handler gets one event at a time, so that HandlerFailed has the event that failed.
    Raises HandlerFailed and the database's errors.
    """
    with _raise_commit_failures() as commit, write_transaction():
        create_cursors(bound.spec.name, [s.stream_id for s in states if not s.has_cursor])
        cursors = lock_cursors(bound.spec.name, [s.stream_id for s in states], skip_locked=skip_locked)
        crash_point("kernel.after_lock")
        ranges, deferred = _assign_ranges(states, cursors)
        parts = _read_parts(bound, ranges, cursors)
        commit.has_work = any(part.events for part in parts)
        apply_events(bound, [event for part in parts for event in part.events], singly=singly)
        crash_point("kernel.after_handlers")
        moved = {part.cursor.id: part.to for part in parts if part.to > part.cursor.seq}
        if moved:
            move_cursors(moved)
        crash_point("kernel.after_cursors")
    crash_point("kernel.after_commit")
    return BatchResult(
        applied=tuple(part.range for part in parts if part.to > part.cursor.seq),
        deferred=tuple(deferred),
        too_new=tuple((part.state, part.to) for part in parts if part.too_new),
    )


def _assign_ranges(
    states: Sequence[CursorState], cursors: dict[int, LockedCursor]
) -> tuple[list[tuple[SeqRange, CursorState]], list[CursorState]]:
    """Return the range of each stream, and the streams that need more events than fit into one transaction."""
    left = MAX_EVENTS
    ranges, deferred = [], []
    for state in states:
        cursor = cursors.get(state.stream_id)
        if cursor is None or cursor.waits or cursor.seq >= state.head:
            continue
        # An event that failed before is tried alone: if it fails again, the following ones were read in vain.
        to = min(state.head, cursor.seq + (min(left, 1) if cursor.attempts else left))
        left -= to - cursor.seq
        if to > cursor.seq:
            ranges.append((SeqRange(state.stream_id, state.key, cursor.seq, to), state))
        if to < state.target:
            deferred.append(state)
    return ranges, deferred


def _read_parts(
    bound: BoundConsumer, ranges: Sequence[tuple[SeqRange, CursorState]], cursors: dict[int, LockedCursor]
) -> list[_Part]:
    events = read_ranges([r for r, _ in ranges], types=bound.spec.wants)
    return [
        _part_before_unknown(cursors[r.stream_id], state, r.to, tuple(events.get(r.stream_id, ())))
        for r, state in ranges
    ]


def _part_before_unknown(
    cursor: LockedCursor, state: CursorState, to: int, events: tuple[RecordedEvent, ...]
) -> _Part:
    """Return the part, ended before the first event that a newer release wrote."""
    for position, event in enumerate(events):
        if not is_known(event.type, event.v):
            return _Part(cursor, state, event.seq - 1, events[:position], too_new=True)
    return _Part(cursor, state, to, events)


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
    source = Provenance(actor=Actor("consumer", bound.spec.name))
    if cause is not None:
        source = replace(
            source,
            causation_id=cause.event_id,
            request_id=cause.request_id,
            traceparent=cause.traceparent,
        )
    work = WatchedWork(f"consumer {bound.spec.name} ({bound.spec.handler})", bound.spec.name, events)
    with _raise_failures(cause), use_provenance(source), name_work(work):
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
