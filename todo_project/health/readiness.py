"""What the platform needs to serve requests, which parts are missing, and how much work waits.

Without the database and its tables no request can be served. When anything else is missing, the platform is
`degraded`: requests are still served and nothing is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F

from events_app.consumers.hosting import hosted_consumers
from events_app.models import Cursor, DeadLetter, ParkedMessage, Stream
from events_app.runtime.heartbeats import RoleStatus
from foundation.database.row_reads import count_together
from todo_project.health import probes

SWEEPS_ROLE = "sweeps"
SHOWN_AT_MOST = 1000  # a larger exact number helps nobody, and counting it costs time


@dataclass(frozen=True)
class Backlog:
    """Counts of waiting rows, each up to 1,000. Blocked cursors, parked messages and dead letters need an operator;
    the others are retried automatically."""

    blocked_cursors: int
    parked_messages: int
    dead_letters: int
    retrying_cursors: int
    unpublished_streams: int


def missing_services() -> list[str]:
    """Return the names of the services in use that do not answer."""
    return [name for name, probe in probes.service_probes().items() if not probe().ok]


def expected_roles() -> list[str]:
    """Return the names of the roles of which at least one process must run somewhere."""
    if settings.EXPECTED_ROLES is not None:
        return list(settings.EXPECTED_ROLES)
    background = ["relay", "sockets", "deliver"]
    # Without Redis, Celery's broker is in memory and reaches only its own process.
    if settings.REDIS_URL or settings.EVENT_TRANSPORT == "embedded":
        background += ["worker", "beat"]
    woken = [spec.name for spec in settings.EVENT_CONSUMERS if spec.topics]
    if settings.EVENT_TRANSPORT == "dapr":
        return [*background, *receiver_roles(woken), SWEEPS_ROLE, "dapr-jobs"]
    if settings.EVENT_TRANSPORT == "kafka":
        return [*background, *(f"consumer:{name}" for name in woken)]
    return background


def receiver_roles(names: Sequence[str], *, sweeps: bool = False) -> tuple[str, ...]:
    """Return the roles of a process that takes messages for these consumers from its sidecar, or jobs of sweeps."""
    return (*(f"receiver:{name}" for name in names), *([SWEEPS_ROLE] if sweeps else []))


def is_receiver(role: str) -> bool:
    """Return whether a role takes messages from a sidecar, one of `receiver_roles`."""
    return role.startswith("receiver:")


def receiver_roles_of_web() -> tuple[str, ...]:
    """Return what `web` is besides: with Dapr all that a receiver is, unless its routes are public only."""
    if settings.EVENT_TRANSPORT != "dapr" or settings.ROUTES == "public":
        return ()
    woken = [spec.name for spec in settings.EVENT_CONSUMERS if spec.topics]
    return receiver_roles([name for name in hosted_consumers() if name in woken], sweeps=True)


def missing_roles(roles: Sequence[RoleStatus]) -> list[str]:
    """Return the expected roles of which no process has a recent heartbeat."""
    alive = {role.role for role in roles if role.is_alive}
    return [name for name in expected_roles() if name not in alive]


def count_waiting() -> Backlog:
    """Return the counts of waiting rows, read in one query over partial indexes."""
    blocked = Cursor.objects.filter(blocked_at__isnull=False)
    parked = ParkedMessage.objects.all()
    letters = DeadLetter.objects.filter(resolved_at__isnull=True)
    retrying = Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True)
    unpublished = Stream.objects.filter(published__lt=F("head"))
    return Backlog(*count_together([blocked, parked, letters, retrying, unpublished], at_most=SHOWN_AT_MOST))
