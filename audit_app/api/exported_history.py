"""What an export says of the past: every entry of the trail, and the events that are not in it yet."""

from collections.abc import Iterator
from typing import Final

from accounts_app.credentials.credential import Credential
from accounts_app.operations.exporting import Exported
from audit_app.models import AuditEntry
from audit_app.queries import entries_of
from events_app.contracts import RecordedEvent
from events_app.log.history import events_between, head_of

_ROWS_PER_READ: Final = 500


def export_history(credential: Credential) -> Exported:
    """Yield what was recorded, as it was: entries with their hashes, then events that the trail does not have yet."""
    last = 0
    for entry in _entries(credential.user_id):
        last = max(last, entry.seq)
        yield "history", _entry_row(entry)
    head = head_of(credential.user_id)
    for after in range(last, head, _ROWS_PER_READ):
        for event in events_between(credential.user_id, after=after, to=min(head, after + _ROWS_PER_READ)):
            yield "history", _event_row(event)


def _entries(user_id: int) -> Iterator[AuditEntry]:
    """Yield entries by position; the index of the chain has no order by id."""
    position = 0
    while chunk := list(
        entries_of(user_id).filter(position__gt=position).order_by("position")[:_ROWS_PER_READ]
    ):
        yield from chunk
        position = chunk[-1].position


def _entry_row(entry: AuditEntry) -> dict[str, object]:
    return {
        "sequence": entry.seq,
        "event_id": entry.event_id,
        "type": entry.type,
        "task_id": entry.task_id,
        "actor": {"type": entry.actor_type, "id": entry.actor_id},
        "occurred_at": entry.occurred_at,
        "request_id": entry.request_id,
        "data": entry.content,
        "position": entry.position,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


def _event_row(event: RecordedEvent) -> dict[str, object]:
    return {
        "sequence": event.seq,
        "event_id": event.event_id,
        "type": event.type,
        "task_id": event.task_id,
        "actor": {"type": event.actor.type, "id": event.actor.id},
        "occurred_at": event.occurred_at,
        "request_id": event.request_id,
        "data": event.data,
    }
