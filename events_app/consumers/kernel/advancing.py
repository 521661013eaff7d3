"""`advance`: bring a consumer to where a message says that a stream has arrived."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from time import time
from typing import TypeVar

from events_app.consumers.kernel.batch import MAX_EVENTS, BatchResult, HandlerFailed, run_batch
from events_app.consumers.kernel.cursors import CursorState, cursor_states
from events_app.consumers.kernel.failures import store_failure, store_too_new
from events_app.consumers.registry import AppliedRange, BoundConsumer, consumers
from events_app.consumers.registry import consumer as find_consumer
from events_app.contracts import RecordedEvent
from events_app.errors import FAILURES
from events_app.log.read import SeqRange, read_first, streams_with_events
from events_app.metrics import EVENT_DELAY_SECONDS, EVENTS_APPLIED
from events_app.runtime.watchdog import WatchedWork, name_work, report_turn
from foundation.counters import count

MAX_STREAMS = 200
MAX_HINTS = 1000

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


@dataclass
class AdvanceResult:
    """Counts of one call: events applied, streams moved, failures stored, unknown streams; whether time cut it."""

    events: int = 0
    streams: int = 0
    failures: int = 0
    unknown: int = 0
    is_cut: bool = False


def no_limit() -> bool:
    """Return False: the default of `is_over`, for work without a time limit."""
    return False


def advance(
    consumer: str,
    hints: Mapping[str, int],
    *,
    skip_locked: bool = False,
    singly: bool = False,
    is_over: Callable[[], bool] = no_limit,
) -> AdvanceResult:
    """Apply the log to `consumer` until each stream has reached min(hint, head) or has a stored failure.

    `hints` maps a stream's key to a sequence number, which may be late, repeated, overtaken or forged. When this
    returns, all outcomes are stored and the message may be acknowledged. For a paused consumer it does nothing.
    With `skip_locked`, streams that another process has locked are skipped. With `singly`, each stream has its own
    transactions, and the handler gets one event at a time, none beyond the hint. Once `is_over()` is true, it returns
    after the running transaction, at the earliest the first, and leaves the rest to the next caller.
    Raises UnknownConsumer, and the database's errors: then the message must not be acknowledged.
    """
    bound = find_consumer(consumer)
    run = _Run(bound, skip_locked=skip_locked, singly=singly, is_over=is_over)
    for part in parts_of(list(hints.items()), MAX_HINTS):
        run.advance(dict(part))
    return run.done


class _Run:
    """One call of `advance`: its arguments, and its result so far."""

    def __init__(
        self, bound: BoundConsumer, *, skip_locked: bool, singly: bool, is_over: Callable[[], bool]
    ) -> None:
        self.bound = bound
        self.skip_locked = skip_locked
        self.singly = singly
        self.is_over = is_over
        self.has_begun = False
        self.done = AdvanceResult()

    def advance(self, hints: Mapping[str, int]) -> None:
        name = self.bound.spec.name
        found = cursor_states([(name, key, wanted) for key, wanted in hints.items()])
        self.done.unknown += count_unknown(len(hints) - len(found))
        behind = [self._limit_to_hint(state) for state in found if state.is_behind]
        for group in self._group(behind):
            self._advance_group(group)

    def _limit_to_hint(self, state: CursorState) -> CursorState:
        """Return the state with the hint as its head if `singly`: batches go to the head, but the hint bounds these."""
        return replace(state, head=state.target) if self.singly else state

    def _group(self, behind: Sequence[CursorState]) -> Iterator[Sequence[CursorState]]:
        """Yield the streams of each transaction: one stream where the handler will write tasks, otherwise several.

        A stream that failed before is alone too, so that it is known which event hangs if the handler hangs now.
        """
        alone = {state.stream_id for state in behind if self.singly or state.has_failed}
        alone |= streams_to_write(self.bound, behind)
        yield from ([state] for state in behind if state.stream_id in alone)
        yield from group_to_fit([state for state in behind if state.stream_id not in alone])

    def _advance_group(self, group: Sequence[CursorState]) -> None:
        while group and not self._is_cut():
            report_turn()
            try:
                result = run_batch(group, singly=self.singly, skip_locked=self.skip_locked)
            except HandlerFailed as failed:
                group = self._after_failure(group, failed)
            else:
                self._finish(result)
                group = result.deferred

    def _is_cut(self) -> bool:
        # Never before the first transaction: on a slow machine the time may be over by then, each time.
        self.done.is_cut = self.has_begun and self.is_over()
        self.has_begun = True
        return self.done.is_cut

    def _finish(self, result: BatchResult) -> None:
        for ranges in result.applied.values():
            self.done.events += sum(len(part.events) for part in ranges)
            self.done.streams += len(ranges)
        finish_batch(result)

    def _after_failure(self, group: Sequence[CursorState], failed: HandlerFailed) -> Sequence[CursorState]:
        """Repeat a failed batch stream by stream, or store the failure of a single one; return the streams left."""
        if len(group) > 1:
            for state in group:
                self._advance_group([state])
            return ()
        [state] = group
        event, error = self._keep_up_to_failure(state, failed)
        if event is not None:
            store_failure(self.bound.spec, state, event, error=error)
            self.done.failures += 1
        # After a skipped event the rest of the stream follows; at a waiting one the stream stops.
        again = cursor_states([(state.consumer, state.key, state.wanted)])
        return [state for state in again if state.is_behind]

    def _keep_up_to_failure(
        self, state: CursorState, failed: HandlerFailed
    ) -> tuple[RecordedEvent | None, BaseException]:
        """Commit the events before the failing one; return that one and its error, None if nothing fails this time."""
        event, error = failed.event, failed.error
        while True:
            before = state if event is None else replace(state, head=event.seq - 1)
            try:
                self._finish(run_batch([before], singly=True))
            except HandlerFailed as again:
                if again.event is None:
                    return self._bisect_failure(before, again.error)
                event, error = again.event, again.error
            else:
                return event, error

    def _bisect_failure(
        self, state: CursorState, error: BaseException
    ) -> tuple[RecordedEvent, BaseException]:
        """Find the event that makes the commit fail, by committing halves; return it with its error."""
        low = state.seq
        high = min(state.head, low + (1 if state.has_failed else MAX_EVENTS))
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self._finish(run_batch([replace(state, head=middle)], singly=True))
            except HandlerFailed as failed:
                high, error = middle, failed.error
            else:
                low = middle
        one = SeqRange(state.stream_id, state.key, low, high)
        event = read_first(one, types=self.bound.spec.wants)
        if event is None:
            raise error
        return event, error


def streams_to_write(bound: BoundConsumer, behind: Sequence[CursorState]) -> set[int]:
    """Return the ids of those of the streams in which the consumer's handler will write tasks."""
    if not (bound.spec.writes_tasks and behind):
        return set()
    ahead = [state.ahead for state in behind]
    return streams_with_events(ahead, types=bound.spec.wants, having=bound.spec.writes_where)


def group_to_fit(states: Sequence[CursorState]) -> Iterator[Sequence[CursorState]]:
    """Yield groups of at most 200 streams and 500 events, the limits of a transaction: it locks no stream in vain.

    `states` are in stream order; those of one stream stay together.
    """
    group: list[CursorState] = []
    streams = events = 0
    for _, part in groupby(states, key=lambda state: state.stream_id):
        of_stream = list(part)
        ahead = max(state.head - state.seq for state in of_stream)
        if group and (streams == MAX_STREAMS or events + ahead > MAX_EVENTS):
            yield group
            group, streams, events = [], 0, 0
        group += of_stream
        streams, events = streams + 1, events + ahead
    if group:
        yield group


def count_unknown(number: int) -> int:
    """Count hints about streams that do not exist; return their number."""
    if number:
        count("kernel.unknown_streams", number)
    return number


def finish_batch(result: BatchResult) -> None:
    """Do what follows the commit of a batch: make streams wait for a newer release, and call `after_commit`."""
    for state, position in result.too_new:
        store_too_new(consumers()[state.consumer].spec, state, position=position)
    for name, ranges in result.applied.items():
        _measure(name, [event for part in ranges for event in part.events])
        call_after_commit(consumers()[name], ranges)


def _measure(name: str, events: Sequence[RecordedEvent]) -> None:
    EVENTS_APPLIED.labels(name, "ok").inc(len(events))
    delay, now = EVENT_DELAY_SECONDS.labels(name), time()
    for event in events:
        delay.observe(max(0.0, now - event.occurred_at.timestamp()))


def call_after_commit(bound: BoundConsumer, applied: Sequence[AppliedRange]) -> None:
    """Call the consumer's `after_commit`. It may fail: its effect may be lost."""
    if bound.after_commit is None or not applied:
        return
    try:
        with name_work(WatchedWork(f"what consumer {bound.spec.name} does after a commit")):
            bound.after_commit(applied)
    except FAILURES:
        count(f"kernel.after_commit_failed.{bound.spec.name}")
        logger.exception("after_commit of %s failed; readers find the rest in the log", bound.spec.name)


def parts_of(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Yield the items in order, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
