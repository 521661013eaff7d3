"""Count a handler that hung as a failed attempt, from the note of the process that ended (runtime/watchdog.py)."""

from collections.abc import Callable

from events_app.consumers.kernel import advance
from events_app.consumers.kernel.advancing import no_limit
from events_app.consumers.kernel.cursors import cursor_states
from events_app.consumers.kernel.failures import store_failure
from events_app.consumers.registry import consumer as find_consumer
from events_app.consumers.registry import consumers
from events_app.log.read import SeqRange, read_first
from events_app.models import HangNote
from events_app.runtime.hang_notes import load_notes
from foundation.database.transactions import write_transaction

_NOTES_PER_CALL = 200


class HandlerHung(Exception):
    """The handler did not return; its process was ended."""


def take_up_hangs(is_over: Callable[[], bool] = no_limit) -> int:
    """Store one attempt for each event that a handler hung at; return how many notes were processed.

    If a handler had several events, it is unknown which one hung. These are then applied one by one: if the handler
    hangs again, its new note names the event. Newer notes are more exact, so they come first.
    Two callers at once count an attempt once. Raises the database's errors; the note then stays.
    """
    load_notes()
    done = 0
    for note in HangNote.objects.order_by("-noted_at", "-pk")[:_NOTES_PER_CALL]:
        done += _take_up(note)
        if is_over():
            break
    return done


def _take_up(note: HangNote) -> bool:
    if note.consumer in consumers():
        goal = note.last_seq - 1 if note.is_alone else note.last_seq
        advance(note.consumer, {note.stream_key: goal}, singly=True)
    with write_transaction():
        is_ours, _ = HangNote.objects.filter(pk=note.pk).delete()
        if is_ours and note.is_alone and note.consumer in consumers():
            _store_attempt(note)
    return bool(is_ours)


def _store_attempt(note: HangNote) -> None:
    """Store the attempt, unless the cursor has passed the event, or waits at an earlier one."""
    spec = find_consumer(note.consumer).spec
    for state in cursor_states([(note.consumer, note.stream_key, note.last_seq)]):
        one = SeqRange(state.stream_id, state.key, note.last_seq - 1, note.last_seq)
        event = read_first(one, types=spec.wants)
        if state.seq == one.after and event is not None:
            store_failure(spec, state, event, error=HandlerHung(note.reason))
