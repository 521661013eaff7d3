"""What the platform cannot do without, what is missing, and what waits.

Without the essentials no request can be served. Everything else that is missing makes the platform `degraded`:
requests are still served and nothing is lost.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import Error
from django.db.models import F

from events_app.models import Cursor, DeadLetter, ParkedMessage, Stream
from events_app.runtime.heartbeats import RoleStatus
from foundation.database.row_reads import count_together
from todo_project.health import probes

SHOWN_AT_MOST = 1000  # beyond that the exact number matters to nobody and would cost


@dataclass(frozen=True)
class Backlog:
    """What stands still, up to 1,000 each. Blocked cursors wait for an operator, the last two move by themselves."""

    blocked_cursors: int
    parked_messages: int
    dead_letters: int
    retrying_cursors: int
    unpublished_streams: int


def missing_essentials() -> list[str]:
    """Return what no request can do without: the database, the tables of this release."""
    if not probes.database().ok:
        return ["database"]
    try:
        return ["migrations"] if probes.migrations_probe.pending() else []
    except Error:
        return ["database"]


def missing_services() -> list[str]:
    """Return the services in use that do not answer."""
    return [name for name, probe in probes.service_probes().items() if not probe().ok]


def expected_roles() -> list[str]:
    """Return the roles that must be alive somewhere for everything to move."""
    background = ["relay", "sockets", "deliver"]
    if (
        settings.REDIS_URL or settings.EVENT_TRANSPORT == "embedded"
    ):  # in memory they reach their own process only
        background += ["worker", "beat"]
    if settings.EVENT_TRANSPORT != "kafka":
        return background
    return background + [f"consumer:{spec.name}" for spec in settings.EVENT_CONSUMERS if spec.topics]


def missing_roles(roles: list[RoleStatus]) -> list[str]:
    """Return the expected roles of which no process gave a sign of life lately."""
    alive = {role.role for role in roles if role.is_alive}
    return [name for name in expected_roles() if name not in alive]


def count_waiting() -> Backlog:
    """Count what stands still, in one query over partial indexes."""
    blocked = Cursor.objects.filter(blocked_at__isnull=False)
    parked = ParkedMessage.objects.all()
    letters = DeadLetter.objects.filter(resolved_at__isnull=True)
    retrying = Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True)
    unpublished = Stream.objects.filter(published__lt=F("head"))
    return Backlog(*count_together([blocked, parked, letters, retrying, unpublished], at_most=SHOWN_AT_MOST))
