"""Store failures of events on the cursor: the event is retried later, blocks its stream, or is skipped."""

import logging
from datetime import datetime, timedelta

from events_app.consumers.kernel.cursors import CursorState, create_cursors, move_cursors
from events_app.consumers.specs import ConsumerSpec
from events_app.contracts import RecordedEvent
from events_app.errors import describe_error
from events_app.metrics import EVENTS_APPLIED
from events_app.models import Cursor, DeadLetter, Stream
from events_app.runtime.crash import crash_point
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.sessions import limit_session
from foundation.database.transactions import database_now, write_transaction
from foundation.tracing import kept_trace_id

BLOCKED_RETRY = timedelta(hours=1)  # not `retry_seconds`: a blocked stream waits for an operator
TOO_NEW_SECONDS = 5.0

logger = logging.getLogger(__name__)


def store_failure(
    spec: ConsumerSpec, state: CursorState, event: RecordedEvent, *, error: BaseException
) -> None:
    """Store one failed attempt at `event`, and set the retry time, block the stream or skip the event by the policy.

    It does nothing when the cursor has passed the event meanwhile, or when the stream was deleted.
    """
    crash_point("kernel.before_failure_stored")
    with write_transaction():
        limit_session(statement_ms=5000, lock_ms=2000)
        cursor = _lock_cursor(spec.name, state.stream_id)
        if cursor is None or cursor.seq >= event.seq:
            return
        cursor.attempts += 1
        cursor.last_error = describe_error(error)
        outcome = _decide(spec, cursor, event)
    crash_point("kernel.after_failure_stored")
    count(f"kernel.failed.{spec.name}")
    EVENTS_APPLIED.labels(spec.name, outcome).inc()
    logger.warning(
        "consumer %s failed at %s %s/%s, attempt %s: %s",
        spec.name, event.type, state.key, event.seq, cursor.attempts, cursor.last_error,
        extra={"user_id": event.user_id, "event_id": event.event_id, **_trace_of(event)},
    )  # fmt: skip


def _trace_of(event: RecordedEvent) -> dict[str, str]:
    trace_id = kept_trace_id(event.traceparent)
    return {"trace_id": trace_id} if trace_id else {}


def store_too_new(spec: ConsumerSpec, state: CursorState, *, position: int) -> None:
    """Set a retry time in about 5 s: a newer release wrote the event after `position`. No attempt is counted.

    It does nothing when the cursor has passed that event meanwhile, in a process of the newer release.
    """
    with write_transaction():
        cursor = _lock_cursor(spec.name, state.stream_id)
        if cursor is None or cursor.seq != position:
            return
        # No backoff, since this is no failure. But jitter: old and new releases look once a second, and without it
        # the old one might be first each time.
        cursor.retry_at = database_now() + timedelta(seconds=retry_seconds(1, first=TOO_NEW_SECONDS))
        cursor.last_error = "the next event is of a newer version than this process knows"
        cursor.save(update_fields=["retry_at", "last_error"])
    count(f"kernel.too_new.{spec.name}")


def _lock_cursor(consumer: str, stream_id: int) -> Cursor | None:
    """Lock the cursor and return it, or None when the stream was deleted with its user.

    The transaction that failed may have created the cursor: then it is created again.
    """
    if not Stream.objects.filter(pk=stream_id).exists():
        return None
    create_cursors([(consumer, stream_id)])
    cursors = Cursor.objects.select_for_update(no_key=True)
    return cursors.filter(consumer=consumer, stream_id=stream_id).first()


def _decide(spec: ConsumerSpec, cursor: Cursor, event: RecordedEvent) -> str:
    """Change the cursor by the policy, and return what the event is now: `retry`, `dead` or `blocked`."""
    now, outcome = database_now(), "retry"
    if cursor.attempts < spec.max_attempts:
        cursor.retry_at = now + timedelta(seconds=retry_seconds(cursor.attempts))
    elif spec.policy == "skip":
        _skip_event(cursor, event, now)
        return "dead"
    else:
        cursor.blocked_at = cursor.blocked_at or now
        cursor.retry_at = now + BLOCKED_RETRY
        outcome = "blocked"
    cursor.save(update_fields=["attempts", "retry_at", "blocked_at", "last_error"])
    return outcome


def _skip_event(cursor: Cursor, event: RecordedEvent, now: datetime) -> None:
    """Keep the event as an open dead letter, and move the cursor past this event only."""
    keep_dead_letter(cursor, event, created_at=now, resolved_at=None, resolution="")
    move_cursors({cursor.id: event.seq})


def keep_dead_letter(cursor: Cursor, event: RecordedEvent, **fields: object) -> DeadLetter:
    """Insert or update the dead letter of an event, with `fields` such as its resolution, and return it."""
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
