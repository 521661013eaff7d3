"""The `snapshots` consumer: the newest snapshot of each task in the state store, for other apps beside the platform.

The database is the truth. A snapshot is written after the commit, may be lost, and ends by itself
(docs/decisions/state-store.md).
"""

from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from events_app.consumers.registry import AppliedRange
from events_app.contracts import RecordedEvent, TaskDeleted
from events_app.contracts.tasks import TaskEvent
from events_app.state import state_cache
from events_app.state.base import KeptState
from foundation.counters import count

TTL_SECONDS: Final = 24 * 60 * 60
_TRIES: Final = 3


def check_snapshots(events: Sequence[RecordedEvent]) -> None:
    """Check that the events fit their schemas; nothing is stored here. Raises InvalidEvent."""
    for event in events:
        _ = event.payload


def keep_ranges(ranges: Sequence[AppliedRange]) -> None:
    """Keep the last snapshot that the ranges have of each task. Repeating is harmless: versions only rise."""
    newest: dict[int, TaskEvent] = {}
    for applied in ranges:
        for event in applied.events:
            if isinstance(event.payload, TaskEvent):
                newest[event.payload.task.id] = event.payload
    for task_event in newest.values():
        _keep(task_event)


def snapshot_key(task_id: int) -> str:
    """Return the key of a task's snapshot in the state store."""
    return f"task-{task_id}"


def snapshot_of(event: TaskEvent) -> dict[str, JsonValue]:
    """Return what is kept: the task's version, and the task as the API answers it, or null when it is deleted."""
    task = None if isinstance(event, TaskDeleted) else event.task.model_dump(mode="json")
    return {"version": event.task.version, "task": task}


def _keep(event: TaskEvent) -> None:
    """Write the snapshot unless one as new is there; others may write the same key meanwhile."""
    key, snapshot = snapshot_key(event.task.id), snapshot_of(event)
    for _ in range(_TRIES):
        kept = state_cache().get(key)
        if _version_of(kept) >= event.task.version:
            return
        if state_cache().put(key, snapshot, ttl_seconds=TTL_SECONDS, instead_of=kept):
            count("snapshots.kept")
            return
    count("snapshots.lost")


def _version_of(kept: KeptState | None) -> int:
    """Return the version that is kept; 0 for none, and for what is no snapshot."""
    value = kept.value if kept else None
    version = value.get("version") if isinstance(value, dict) else None
    return version if isinstance(version, int) else 0
