"""`advance`: after the message "stream S has reached N", bring a consumer there."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from events_app.consumers.kernel.batch import MAX_EVENTS, BatchResult, HandlerFailed, run_batch
from events_app.consumers.kernel.cursors import CursorState, cursor_states
from events_app.consumers.kernel.failures import store_failure, store_too_new
from events_app.consumers.registry import AppliedRange, BoundConsumer
from events_app.consumers.registry import consumer as find_consumer
from events_app.contracts import RecordedEvent
from events_app.errors import FAILURES
from events_app.log.read import SeqRange, read_first, streams_with_events
from events_app.runtime.watchdog import WatchedWork, name_work, report_turn
from foundation.counters import count

MAX_STREAMS = 200
MAX_HINTS = 1000

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


@dataclass
class AdvanceResult:
    """What one call did: events applied, streams moved, failures stored, streams that nobody knows."""

    events: int = 0
    streams: int = 0
    failures: int = 0
    unknown: int = 0


def no_limit() -> bool:
    """No budget: go on to the end."""
    return False


def advance(
    consumer: str,
    hints: Mapping[str, int],
    *,
    skip_locked: bool = False,
    singly: bool = False,
    is_over: Callable[[], bool] = no_limit,
) -> AdvanceResult:
    """Apply the log to `consumer` until each stream has reached min(hint, head) or has stored a failure.

    A hint is a stream's key and a sequence number; it may be late, repeated, overtaken or forged. When this
    returns, every outcome is recorded, so the message may be acknowledged. A paused consumer is left alone.
    With `skip_locked`, streams that another process works on are passed over. With `singly`, each stream has
    transactions of its own, and the handler gets one event at a time, none beyond the hint. Once `is_over`,
    it returns after the running transaction and leaves the rest to whoever comes next.
    Raises UnknownConsumer, and what the database raises: then nothing may be acknowledged.
    """
    bound = find_consumer(consumer)
    run = _Run(bound, skip_locked=skip_locked, singly=singly, is_over=is_over)
    for part in _parts(list(hints.items()), MAX_HINTS):
        run.advance(dict(part))
    return run.done


class _Run:
    """One call of `advance`: what it works with, and what it has done so far."""

    def __init__(
        self, bound: BoundConsumer, *, skip_locked: bool, singly: bool, is_over: Callable[[], bool]
    ) -> None:
        self.bound = bound
        self.skip_locked = skip_locked
        self.singly = singly
        self.is_over = is_over
        self.done = AdvanceResult()

    def advance(self, hints: Mapping[str, int]) -> None:
        found = cursor_states(self.bound.spec.name, hints)
        self._count_unknown(len(hints) - len(found))
        behind = [self._bounded(state) for state in found if state.is_behind]
        for group in self._groups(behind):
            self._advance_group(group)

    def _bounded(self, state: CursorState) -> CursorState:
        """Elsewhere a batch goes on to the head; where somebody looks for an event, not beyond what was asked for."""
        return replace(state, head=state.target) if self.singly else state

    def _groups(self, behind: Sequence[CursorState]) -> Iterator[Sequence[CursorState]]:
        """One stream per transaction where the handler will write tasks; elsewhere as many as fit.

        What failed before is alone too: should it hang this time, it is known which event does.
        """
        alone = {state.stream_id for state in behind if self.singly or state.has_failed}
        if self.bound.spec.writes_tasks:
            alone |= streams_with_events([state.ahead for state in behind], types=self.bound.spec.wants)
        yield from ([state] for state in behind if state.stream_id in alone)
        yield from _group_to_fit([state for state in behind if state.stream_id not in alone])

    def _count_unknown(self, number: int) -> None:
        if number:
            self.done.unknown += number
            count("kernel.unknown_streams", number)

    def _advance_group(self, group: Sequence[CursorState]) -> None:
        while group and not self.is_over():
            report_turn()
            try:
                result = run_batch(self.bound, group, singly=self.singly, skip_locked=self.skip_locked)
            except HandlerFailed as failed:
                group = self._after_failure(group, failed)
            else:
                self._finish(result)
                group = result.deferred

    def _finish(self, result: BatchResult) -> None:
        self.done.events += sum(len(part.events) for part in result.applied)
        self.done.streams += len(result.applied)
        for state, position in result.too_new:
            store_too_new(self.bound.spec, state, position=position)
        _call_after_commit(self.bound, result.applied)

    def _after_failure(self, group: Sequence[CursorState], failed: HandlerFailed) -> Sequence[CursorState]:
        """Repeat stream by stream; in the failing one keep what lies before the failing event."""
        if len(group) > 1:
            for state in group:
                self._advance_group([state])
            return ()
        [state] = group
        event, error = self._keep_up_to_failure(state, failed)
        if event is not None:
            store_failure(self.bound.spec, state, event, error=error)
            self.done.failures += 1
        # A skipped event leaves the rest of the stream to be done, a waiting one does not.
        again = cursor_states(self.bound.spec.name, {state.key: state.wanted})
        return [state for state in again if state.is_behind]

    def _keep_up_to_failure(
        self, state: CursorState, failed: HandlerFailed
    ) -> tuple[RecordedEvent | None, BaseException]:
        """Commit the events before the failing one; return it, or None when all went well this time."""
        event, error = failed.event, failed.error
        while True:
            before = state if event is None else replace(state, head=event.seq - 1)
            try:
                self._finish(run_batch(self.bound, [before], singly=True))
            except HandlerFailed as again:
                if again.event is None:
                    return self._bisect_failure(before, again.error)
                event, error = again.event, again.error
            else:
                return event, error

    def _bisect_failure(
        self, state: CursorState, error: BaseException
    ) -> tuple[RecordedEvent, BaseException]:
        """Find the event without which the commit succeeds, by keeping what can be kept."""
        low, high = (
            state.seq,
            min(state.head, state.seq + (1 if state.has_failed else MAX_EVENTS)),
        )
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self._finish(run_batch(self.bound, [replace(state, head=middle)], singly=True))
            except HandlerFailed as failed:
                high, error = middle, failed.error
            else:
                low = middle
        one = SeqRange(state.stream_id, state.key, low, high)
        event = read_first(one, types=self.bound.spec.wants)
        if event is None:
            raise error
        return event, error


def _group_to_fit(states: Sequence[CursorState]) -> Iterator[Sequence[CursorState]]:
    """Cut into groups of at most 200 streams and 500 events: locking what a transaction cannot hold is in vain."""
    group: list[CursorState] = []
    events = 0
    for state in states:
        ahead = state.head - state.seq
        if group and (len(group) == MAX_STREAMS or events + ahead > MAX_EVENTS):
            yield group
            group, events = [], 0
        group.append(state)
        events += ahead
    if group:
        yield group


def _call_after_commit(bound: BoundConsumer, applied: Sequence[AppliedRange]) -> None:
    """Do what may be lost, after the commit."""
    if bound.after_commit is None or not applied:
        return
    try:
        with name_work(WatchedWork(f"what consumer {bound.spec.name} does after a commit")):
            bound.after_commit(applied)
    except FAILURES:
        count(f"kernel.after_commit_failed.{bound.spec.name}")
        logger.exception("after_commit of %s failed; readers find the rest in the log", bound.spec.name)


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
