"""Signs of life of the roles, for `/readyz`, `doctor` and the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from events_app.models import Heartbeat
from events_app.runtime.identity import ending_of, instance_name
from foundation import counters
from foundation.database.transactions import database_now, write_transaction

BEAT_SECONDS = 5.0
ALIVE_SECONDS = 20.0
_FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class RoleStatus:
    """The newest sign of life of one process in one role."""

    role: str
    instance: str
    beat_at: datetime
    age_seconds: float
    detail: dict[str, JsonValue]

    @property
    def is_alive(self) -> bool:
        """Whether it was heard of lately."""
        return self.age_seconds <= ALIVE_SECONDS


def beat(role: str, detail: dict[str, JsonValue] | None = None) -> None:
    """Say that this process lives in `role`; with `detail`, what operators should see, and its counters."""
    now = database_now()
    shown = {**(detail or {}), "counters": counters.snapshot()}
    with write_transaction():
        Heartbeat.objects.update_or_create(
            role=role, instance=instance_name(), defaults={"beat_at": now, "detail": shown}
        )
        Heartbeat.objects.filter(role=role, beat_at__lt=now - _FORGET_AFTER).delete()


def retire(role: str) -> None:
    """Say that this process leaves `role` on purpose."""
    with write_transaction():
        Heartbeat.objects.filter(role=role, instance=instance_name()).delete()


def delete_heartbeats_of_place(place: str) -> None:
    """Remove the heartbeats of processes that held this data folder, now that it is known that they are dead."""
    with write_transaction():
        Heartbeat.objects.filter(instance__endswith=ending_of(place)).delete()


def live_roles() -> list[RoleStatus]:
    """Return every heartbeat that is kept, newest first within its role."""
    now = database_now()
    return [
        RoleStatus(row.role, row.instance, row.beat_at, (now - row.beat_at).total_seconds(), row.detail)
        for row in Heartbeat.objects.order_by("role", "-beat_at")
    ]
