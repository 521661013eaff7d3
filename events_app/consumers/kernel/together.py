"""`advance_together`: bring the consumers of a process to where messages say that streams have arrived.

They share transactions: one read of the log for all of them, and one commit of their effects and cursors. Whatever
fails is left to `advance`, consumer by consumer, and one that is far behind a hint gets at most 500 events of that
stream at a time: so none delays another by more than one round.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from events_app.consumers.kernel.advancing import (
    MAX_HINTS,
    advance,
    count_unknown,
    finish_batch,
    group_to_fit,
    parts_of,
    streams_to_write,
)
from events_app.consumers.kernel.batch import MAX_EVENTS, run_batch
from events_app.consumers.kernel.cursors import CursorState, cursor_states
from events_app.consumers.registry import consumer, consumers
from events_app.errors import FAILURES, ErrorCollector, describe_error
from events_app.runtime.crash import crash_point
from events_app.runtime.watchdog import report_turn
from foundation.counters import count

logger = logging.getLogger(__name__)


def advance_together(hints: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Advance consumers, by name, to their hints `{stream key: sequence}`. For each it is as `advance`.

    A handler that will write tasks, and a stream that failed before, have transactions of their own, and come first:
    others wait for what they write. What is more than 500 events ahead of a cursor is left to the next message, or to
    reconcile. When this returns, all outcomes are stored; repeating does nothing.
    Returns how far that is, by stream: the hint, but not beyond the head; unknown streams are left out.
    Raises UnknownConsumer, and the first error of the database after the other consumers were tried: then the
    messages must not be acknowledged.
    """
    wanted = [
        (consumer(name).spec.name, key, seq) for name, by_key in hints.items() for key, seq in by_key.items()
    ]
    errors, reached = ErrorCollector(), dict[str, int]()
    for part in parts_of(sorted(wanted, key=lambda hint: hint[1]), MAX_HINTS):
        found = [_limit_to_round(state) for state in cursor_states(part)]
        count_unknown(len(part) - len(found))
        for state in found:
            reached[state.key] = min(state.target, reached.get(state.key, state.target))
        behind = [state for state in found if state.is_behind]
        apart = _apart(behind)
        _advance_each([state for state in behind if state.place in apart], errors)
        for group in group_to_fit([state for state in behind if state.place not in apart]):
            _advance_group(group, errors)
    errors.raise_first()
    return reached


def _limit_to_round(state: CursorState) -> CursorState:
    return replace(state, wanted=min(state.wanted, state.seq + MAX_EVENTS)) if state.is_behind else state


def _apart(behind: Sequence[CursorState]) -> set[tuple[str, int]]:
    """Return the cursors that need a transaction of their own."""
    apart = {state.place for state in behind if state.has_failed}
    for name, bound in consumers().items():
        mine = [state for state in behind if state.consumer == name]
        apart |= {(name, stream_id) for stream_id in streams_to_write(bound, mine)}
    return apart


def _advance_each(states: Sequence[CursorState], errors: ErrorCollector) -> None:
    for name, hints in _by_consumer(states):
        with errors.collect():
            advance(name, hints)


def _by_consumer(states: Sequence[CursorState]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each consumer with its hints, in the order of the settings."""
    for name in consumers():
        hints = {state.key: state.wanted for state in states if state.consumer == name}
        if hints:
            yield name, hints


def _advance_group(group: Sequence[CursorState], errors: ErrorCollector) -> None:
    report_turn()
    try:
        result = run_batch(group)
    except FAILURES as error:
        count("kernel.parted")
        logger.info("consumers go on one by one after %s", describe_error(error, characters=300))
        crash_point("kernel.before_parting")
        _advance_each(group, errors)
    else:
        finish_batch(result)
