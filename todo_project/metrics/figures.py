"""What is around the log: roles, due reminders and deliveries, connections to the database, the last backup."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events_app.runtime.heartbeats import RoleStatus, last_run, role_statuses
from foundation.database.row_reads import count_together
from foundation.database.sessions import connection_counts
from notifications_app.queries import due_deliveries, failed_deliveries
from tasks_app.queries.reminders import due_reminders
from todo_project.health.readiness import expected_roles

COUNTED_AT_MOST: Final = 10_000  # a larger exact number helps nobody, and counting it costs time
LATE_SECONDS: Final = 60.0
BACKUP: Final = "backup"


@dataclass(frozen=True)
class PlatformFigures:
    """Counts are up to COUNTED_AT_MOST. `late_reminders` and `late_deliveries` are due for more than a minute.

    `connections` is by state, with the most that the server allows; empty on SQLite. `backup` is the last one's run.
    """

    roles: tuple[RoleStatus, ...]
    due_reminders: int
    late_reminders: int
    due_deliveries: int
    late_deliveries: int
    failed_deliveries: int
    connections: Mapping[str, int]
    backup: RoleStatus | None

    def live_processes(self) -> dict[str, list[RoleStatus]]:
        """Return the live processes of each role, also of expected roles without one."""
        alive = {name: list[RoleStatus]() for name in expected_roles()}
        for role in self.roles:
            if role.is_alive:
                alive.setdefault(role.role, []).append(role)
        return alive


def read_figures(now: datetime) -> PlatformFigures:
    """Return what is around the log, in a handful of queries over partial indexes. Raises django.db.Error."""
    late = now - timedelta(seconds=LATE_SECONDS)
    due, late_due, sending, late_sending, failed = count_together(
        [
            due_reminders(now),
            due_reminders(late),
            due_deliveries(now),
            due_deliveries(late),
            failed_deliveries(),
        ],
        at_most=COUNTED_AT_MOST,
    )
    return PlatformFigures(
        roles=tuple(role_statuses()),
        due_reminders=due,
        late_reminders=late_due,
        due_deliveries=sending,
        late_deliveries=late_sending,
        failed_deliveries=failed,
        connections=connection_counts(),
        backup=last_run(BACKUP),
    )
