"""Heartbeats of processes in their roles, for `/readyz`, `doctor` and the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from events_app.models import Heartbeat
from events_app.runtime.identity import ending_of, instance_name
from foundation import counters
from foundation.database.transactions import database_now, write_transaction

BEAT_SECONDS = 5.0
ALIVE_SECONDS = 20.0
# In the detail of a role that takes wake-ups: for how long the oldest one has waited that it has.
OLDEST_HINT = "oldest_hint_seconds"
_FORGET_AFTER = timedelta(hours=1)
# The instance of a row that says when a command did its work last; no process that lives has this name.
_LAST_RUN = "last run"


@dataclass(frozen=True)
class RoleStatus:
    """The newest heartbeat of one process in one role."""

    role: str
    instance: str
    beat_at: datetime
    age_seconds: float
    detail: dict[str, JsonValue]

    @property
    def is_alive(self) -> bool:
        """Whether the heartbeat is recent."""
        return self.age_seconds <= ALIVE_SECONDS

    @property
    def oldest_hint_seconds(self) -> float:
        """For how long the oldest wake-up that the process had was waiting; 0 if none was."""
        seconds = self.detail.get(OLDEST_HINT)
        return float(seconds) if isinstance(seconds, int | float) else 0.0


def beat(role: str, detail: dict[str, JsonValue] | None = None) -> None:
    """Store a heartbeat of this process in `role`, with `detail` for operators and the counters of the process."""
    now = database_now()
    shown = {**(detail or {}), "counters": counters.snapshot()}
    with write_transaction():
        Heartbeat.objects.update_or_create(
            role=role, instance=instance_name(), defaults={"beat_at": now, "detail": shown}
        )
        Heartbeat.objects.filter(role=role, beat_at__lt=now - _FORGET_AFTER).delete()


def retire(role: str) -> None:
    """Delete the heartbeat of this process in `role`, since it ends on purpose."""
    with write_transaction():
        Heartbeat.objects.filter(role=role, instance=instance_name()).delete()


def delete_heartbeats_of_place(place: str) -> None:
    """Delete the heartbeats of earlier processes with this data folder; its current holder knows that they ended."""
    with write_transaction():
        Heartbeat.objects.filter(instance__endswith=ending_of(place)).delete()


def record_run(command: str, detail: dict[str, JsonValue]) -> None:
    """Store that a command has done its work now, with `detail`, in place of its run before."""
    with write_transaction():
        Heartbeat.objects.update_or_create(
            role=command, instance=_LAST_RUN, defaults={"beat_at": database_now(), "detail": detail}
        )


def last_run(command: str) -> RoleStatus | None:
    """Return when a command did its work last, or None."""
    row = Heartbeat.objects.filter(role=command, instance=_LAST_RUN).first()
    return None if row is None else _status_of(row, database_now())


def role_statuses() -> list[RoleStatus]:
    """Return all stored heartbeats by role, newest first; some may be of processes that have ended."""
    now = database_now()
    rows = Heartbeat.objects.exclude(instance=_LAST_RUN).order_by("role", "-beat_at")
    return [_status_of(row, now) for row in rows]


def _status_of(row: Heartbeat, now: datetime) -> RoleStatus:
    return RoleStatus(row.role, row.instance, row.beat_at, (now - row.beat_at).total_seconds(), row.detail)
