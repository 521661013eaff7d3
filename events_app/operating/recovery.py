"""Operations for operators: retry or skip a failing event, retry or skip a dead letter, trim a stream.

RecoveryRefused        the operation does not apply to this row; the message says why
"""

from datetime import timedelta

from django.db.models import Q

from events_app.consumers.kernel import replay
from events_app.consumers.kernel.cursors import move_cursors
from events_app.consumers.kernel.failures import keep_dead_letter
from events_app.consumers.registry import consumers
from events_app.contracts import RecordedEvent, user_of
from events_app.log.read import SeqRange, read_first
from events_app.log.streams import NEWCOMER_SECONDS
from events_app.models import Consumer, Cursor, DeadLetter, Event, Stream
from foundation.database.transactions import database_now, write_transaction

TRIM_BATCH = 5000


class RecoveryRefused(Exception):
    """The operation does not apply to this row; the message says why."""


def retry_cursor(cursor_id: int) -> None:
    """Make a waiting or blocked cursor due for a retry now; it may be repeated. Raises RecoveryRefused."""
    with write_transaction():
        waiting = Cursor.objects.filter(pk=cursor_id, retry_at__isnull=False)
        if not waiting.update(retry_at=database_now()):
            raise RecoveryRefused("nothing is waiting here")


def skip_event(cursor_id: int) -> DeadLetter:
    """Skip the event that a waiting or blocked cursor failed at, and return it as a dead letter.

    Raises RecoveryRefused when the cursor has no failure.
    """
    with write_transaction():
        cursor = Cursor.objects.select_for_update(no_key=True).select_related("stream").get(pk=cursor_id)
        if cursor.retry_at is None or cursor.attempts == 0:
            raise RecoveryRefused("no event failed here")
        event = _next_event(cursor)
        letter = keep_dead_letter(cursor, event, resolved_at=database_now(), resolution="skipped")
        move_cursors({cursor.pk: event.seq})
    return letter


def _next_event(cursor: Cursor) -> RecordedEvent:
    known = consumers().get(cursor.consumer)
    part = SeqRange(cursor.stream_id, cursor.stream.key, cursor.seq, cursor.stream.head)
    event = read_first(part, types=known.spec.wants if known else None)
    if event is None:
        raise RecoveryRefused("no event lies ahead of this cursor")
    return event


def retry_dead_letter(letter_id: int) -> None:
    """Apply the event of an open dead letter now, and close the letter.

    Raises RecoveryRefused if the letter is closed, its event was trimmed or its consumer no longer exists, and
    HandlerFailed if the event fails again: then the letter stays open.
    """
    letter = _open_letter(letter_id)
    if letter.consumer not in consumers():
        raise RecoveryRefused(f"there is no consumer {letter.consumer} any more: skip the letter")
    user_id = user_of(letter.stream.key)
    again = replay(letter.consumer, user_id=user_id, first=letter.seq, last=letter.seq)
    if not sum(events for _, events in again):
        raise RecoveryRefused(
            f"the event of dead letter {letter_id} is no longer in the log: skip the letter"
        )
    _close(letter, "retried")


def skip_dead_letter(letter_id: int) -> None:
    """Close an open dead letter without applying its event. Raises RecoveryRefused."""
    _close(_open_letter(letter_id), "skipped")


def _open_letter(letter_id: int) -> DeadLetter:
    letter = DeadLetter.objects.select_related("stream").filter(pk=letter_id).first()
    if letter is None:
        raise RecoveryRefused(f"there is no dead letter {letter_id}")
    if letter.resolved_at is not None:
        raise RecoveryRefused(f"dead letter {letter_id} was {letter.resolution} already")
    return letter


def _close(letter: DeadLetter, resolution: str) -> None:
    with write_transaction():
        DeadLetter.objects.filter(pk=letter.pk, resolved_at__isnull=True).update(
            resolved_at=database_now(), resolution=resolution
        )


def trim_stream(stream_id: int, *, keep: int = 0, up_to: int | None = None) -> int:
    """Delete at most 5,000 of a stream's oldest events, and return how many; repeat until it returns 0.

    It keeps the last `keep` events, those beyond the sequence `up_to`, and all beyond `published`, `settled` or the
    cursor of any consumer.
    """
    with write_transaction():
        stream = Stream.objects.select_for_update(no_key=True).get(pk=stream_id)
        limit = min(
            stream.head - keep,
            stream.head if up_to is None else up_to,
            stream.published,
            stream.settled,
            _slowest_position(stream),
            stream.tail + TRIM_BATCH,
        )
        if limit <= stream.tail:
            return 0
        Stream.objects.filter(pk=stream.pk).update(tail=limit)
        removed, _ = Event.objects.filter(stream=stream, seq__lte=limit).delete()
    return removed


def _slowest_position(stream: Stream) -> int:
    """Return the lowest position of the consumers; it is 0 for one without a cursor, or not registered yet.

    A consumer that this release does not know counts for a day: a newer release may have just registered it.
    """
    known = set(consumers())
    newcomers_since = database_now() - timedelta(seconds=NEWCOMER_SECONDS)
    counted = Consumer.objects.filter(Q(name__in=known) | Q(registered_at__gt=newcomers_since))
    names = set(counted.values_list("name", flat=True))
    positions = dict(stream.cursors.values_list("consumer", "seq"))
    return min(positions.get(name, 0) for name in names) if names >= known else 0
