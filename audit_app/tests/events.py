"""Events for tests of the trail, recorded in the real log and applied by the real kernel."""

from audit_app.chain.keys import entry_secrets
from audit_app.chain.link import Link
from audit_app.models import AuditEntry
from events_app.consumers.kernel import advance
from events_app.contracts import (
    Payload,
    PreferencesSnapshot,
    PreferencesUpdated,
    TaskCreated,
    TaskDeleted,
    TaskSnapshot,
    TaskUpdated,
    stream_key,
)
from events_app.log.write import writing
from events_app.tests.payloads import make_task_snapshot


def _task(task_id: int, **fields: object) -> TaskSnapshot:
    # Characters that JSON and COPY escape.
    return make_task_snapshot(task_id, title='Buy milk\tand \\ "bread"\nÄpfel 🍏', **fields)


def task_created(task_id: int = 5) -> TaskCreated:
    return TaskCreated(task=_task(task_id), changed_fields=[], previous={})


def task_reprioritised(task_id: int = 5) -> TaskUpdated:
    after = _task(task_id, priority="high", version=2)
    return TaskUpdated(task=after, changed_fields=["priority"], previous={"priority": "medium"})


def task_deleted(task_id: int = 5) -> TaskDeleted:
    return TaskDeleted(task=_task(task_id), changed_fields=[], previous={})


def preferences_changed() -> PreferencesUpdated:
    after = PreferencesSnapshot(
        time_zone="Asia/Tokyo", week_start="mo", quiet_from=None, quiet_until=None, channels=["in_app"]
    )
    return PreferencesUpdated(preferences=after, changed_fields=["time_zone"], previous={"time_zone": "UTC"})


def record(user_id: int, *payloads: Payload) -> None:
    with writing(user_id) as log:
        log.record_many(payloads)


def audit(*user_ids: int) -> int:
    """Let the audit consumer catch up with these users; return how many events it applied."""
    return advance("audit", {stream_key(user_id): 10**9 for user_id in user_ids}).events


def record_and_audit(user_id: int, *payloads: Payload) -> None:
    record(user_id, *payloads)
    audit(user_id)


def rehash(entry: AuditEntry) -> str:
    """Return the hash that fits the entry, as who has its key can compute it; without one, as anybody can."""
    link = Link(*(getattr(entry, name) for name in Link._fields))
    return link.compute_hash(entry_secrets().get(entry.key_version))
