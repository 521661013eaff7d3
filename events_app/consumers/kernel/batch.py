"""One transaction of the kernel: lock cursors, read the log, call the handler, move the cursors.

HandlerFailed       one event could not be applied; everything of the transaction is undone
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
    """`event` could not be applied because of `error`; None when the batch was applied as one or not committed."""

    def __init__(self, event: RecordedEvent | None, error: BaseException) -> None:
        super().__init__(describe_error(error))
        self.event = event
        self.error = error


class TransactionBroken(Exception):
    """The handler returned although the transaction that it worked in is broken: it swallowed an error."""


@dataclass(frozen=True)
class BatchResult:
    """What one transaction did.

    `applied`: the ranges it applied; `deferred`: streams for which the 500 events were not enough;
    `too_new`: streams whose next event a newer release wrote, and how far their cursors went.
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
    """Apply what lies between the cursors and the heads of these streams, at most 500 events, in one transaction.

    With `singly` the handler gets one event at a time, so that HandlerFailed names the one that failed.
    Raises HandlerFailed, and whatever the database raises.
    """
    with _failure_of_commit() as commit, write_transaction():
        create_cursors(bound.spec.name, [s.stream_id for s in states if not s.has_cursor])
        cursors = lock_cursors(bound.spec.name, [s.stream_id for s in states], skip_locked=skip_locked)
        crash_point("kernel.after_lock")
        ranges, deferred = _share_out(states, cursors)
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


def _share_out(
    states: Sequence[CursorState], cursors: dict[int, LockedCursor]
) -> tuple[list[tuple[SeqRange, CursorState]], list[CursorState]]:
    """Give each stream its range, and return those that need more events than one transaction may hold."""
    left = MAX_EVENTS
    ranges, deferred = [], []
    for state in states:
        cursor = cursors.get(state.stream_id)
        if cursor is None or cursor.waits or cursor.seq >= state.head:
            continue
        # What failed before is tried alone: it may fail again, and what follows would be read in vain.
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
        _known_part(cursors[r.stream_id], state, r.to, tuple(events.get(r.stream_id, ())))
        for r, state in ranges
    ]


def _known_part(
    cursor: LockedCursor, state: CursorState, to: int, events: tuple[RecordedEvent, ...]
) -> _Part:
    """Stop before the first event that a newer release wrote."""
    for position, event in enumerate(events):
        if not is_known(event.type, event.v):
            return _Part(cursor, state, event.seq - 1, events[:position], too_new=True)
    return _Part(cursor, state, to, events)


def apply_events(bound: BoundConsumer, events: Sequence[RecordedEvent], *, singly: bool) -> None:
    """Call the handler inside the running transaction. Raises HandlerFailed, or the database's trouble."""
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
    with _failure_of(cause), use_provenance(source), name_work(work):
        bound.apply(events)
        if connection.needs_rollback:
            raise TransactionBroken("the handler went on after an error that undoes its transaction")


@dataclass
class _Commit:
    """Whether a handler has worked in the transaction that is about to be committed."""

    has_work: bool = False


@contextmanager
def _failure_of_commit() -> Iterator[_Commit]:
    """What breaks after the handlers came with some event, nobody knows which.

    Foreign keys are checked at the commit; and an error that a handler swallowed shows at the next statement.
    """
    commit = _Commit()
    try:
        yield commit
    except DatabaseError as error:
        if is_database_trouble(error) or not commit.has_work:
            raise
        raise HandlerFailed(None, error) from error


@contextmanager
def _failure_of(event: RecordedEvent | None) -> Iterator[None]:
    """Tell what is wrong with an event from what is wrong with the database."""
    try:
        yield
    except FAILURES as error:
        if is_database_trouble(error):
            raise
        raise HandlerFailed(event, error) from error
