"""What happens to an event that a handler could not apply: stored on the cursor, retried, blocked or skipped."""

import logging
import random
from datetime import datetime, timedelta

from events_app.contracts import RecordedEvent
from events_app.counters import count
from events_app.crash import crash_point
from events_app.kernel.cursors import Standing, move_cursors
from events_app.models import Cursor, DeadLetter
from events_app.specs import ConsumerSpec
from events_app.transactions import database_now, limit_session, write_transaction

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 300.0
BLOCKED_RETRY = timedelta(hours=1)
TOO_NEW_SECONDS = 5.0
ERROR_CHARACTERS = 2000

logger = logging.getLogger(__name__)


def store_failure(spec: ConsumerSpec, standing: Standing, event: RecordedEvent, *, error: Exception) -> None:
    """Count one attempt at `event` and decide by the consumer's policy what comes next.

    Does nothing when the cursor has passed the event meanwhile.
    """
    crash_point("kernel.before_failure_stored")
    with write_transaction():
        limit_session(statement_ms=5000, lock_ms=2000)
        cursor = _locked(spec.name, standing.stream_id)
        if cursor.seq >= event.seq:
            return
        cursor.attempts += 1
        cursor.last_error = _describe(error)
        _decide(spec, cursor, event)
    crash_point("kernel.after_failure_stored")
    count(f"kernel.failed.{spec.name}")
    logger.warning(
        "consumer %s failed at %s %s/%s, attempt %s: %s",
        spec.name, event.type, standing.key, event.seq, cursor.attempts, cursor.last_error,
    )  # fmt: skip


def store_too_new(spec: ConsumerSpec, standing: Standing, *, position: int) -> None:
    """Look again in about five seconds: a newer release wrote the event after `position`. This is no attempt.

    Does nothing when the cursor has passed that event meanwhile: the newer release was here.
    """
    with write_transaction():
        cursor = _locked(spec.name, standing.stream_id)
        if cursor.seq != position:
            return
        # Old and new releases look once a second: without jitter the same one would come first each time.
        cursor.retry_at = database_now() + timedelta(seconds=TOO_NEW_SECONDS * _jitter(0.4))
        cursor.last_error = "the next event is of a newer version than this process knows"
        cursor.save(update_fields=["retry_at", "last_error"])
    count(f"kernel.too_new.{spec.name}")


def _locked(consumer: str, stream_id: int) -> Cursor:
    cursors = Cursor.objects.select_for_update(no_key=True)
    return cursors.get(consumer=consumer, stream_id=stream_id)


def _decide(spec: ConsumerSpec, cursor: Cursor, event: RecordedEvent) -> None:
    now = database_now()
    if cursor.attempts < spec.max_attempts:
        cursor.retry_at = now + retry_delay(cursor.attempts)
    elif spec.policy == "skip":
        _pass_over(cursor, event, now)
        return
    else:
        cursor.blocked_at = cursor.blocked_at or now
        cursor.retry_at = now + BLOCKED_RETRY
    cursor.save(update_fields=["attempts", "retry_at", "blocked_at", "last_error"])


def _pass_over(cursor: Cursor, event: RecordedEvent, now: datetime) -> None:
    """Keep the event as a dead letter that waits for somebody, and move past exactly this one."""
    keep_dead_letter(cursor, event, created_at=now, resolved_at=None, resolution="")
    move_cursors({cursor.id: event.seq})


def keep_dead_letter(cursor: Cursor, event: RecordedEvent, **fields: object) -> DeadLetter:
    """Keep an event that a cursor failed at, once; `fields` say what is to become of it."""
    letter, _ = DeadLetter.objects.update_or_create(
        consumer=cursor.consumer,
        stream_id=cursor.stream_id,
        seq=event.seq,
        defaults={
            "event_id": event.event_id,
            "type": event.type,
            "error": cursor.last_error,
            "attempts": cursor.attempts,
            **fields,
        },
    )
    return letter


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: doubling, bounded, with jitter of a fifth."""
    seconds = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=seconds * _jitter(0.2))


def _jitter(part: float) -> float:
    return random.uniform(1 - part, 1 + part)  # noqa: S311 - jitter is no secret


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS].replace("\0", "�")
