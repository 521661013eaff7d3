"""`/livez`, `/readyz`, `/startupz`: for probes and people, without login, cheap.

`readyz` answers 503 only when no request could be served: no database, or tables that this release does not fit.
Everything else that is missing makes it `degraded`: requests are still served and nothing is lost.
"""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import Error
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from events_app.models import Cursor, DeadLetter, ParkedMessage, Stream
from events_app.runtime.heartbeats import RoleStatus, live_roles
from events_app.runtime.watchdog import describe_hangs
from foundation.database.row_reads import count_together
from todo_project import probes

SHOWN_AT_MOST = 1000  # beyond that the exact number matters to nobody and would cost


@dataclass(frozen=True)
class Backlog:
    """What stands still, up to 1,000 each. Blocked cursors wait for an operator, the last two move by themselves."""

    blocked_cursors: int
    parked_messages: int
    dead_letters: int
    retrying_cursors: int
    unpublished_streams: int


@csrf_exempt  # its middleware would read the body, in search of a token
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers, and each of its loops has turned within half a minute; nothing else is asked."""
    hanging = describe_hangs()
    body = {"status": "hanging", "hanging": hanging} if hanging else {"status": "ok"}
    return JsonResponse(body, status=503 if hanging else 200)


@csrf_exempt
@never_cache
@require_safe
def startupz(request: HttpRequest) -> HttpResponse:
    """200 once the database is there with the tables of this release."""
    missing = missing_essentials()
    return JsonResponse(
        {"status": "starting" if missing else "ok", "missing": missing}, status=503 if missing else 200
    )


@csrf_exempt
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """What works and what is missing."""
    try:
        if missing := missing_essentials():
            return unavailable_response(missing)
        roles = live_roles()
        waiting = count_waiting()
    except Error:
        return unavailable_response(["database"])
    missing = [*missing_services(), *missing_roles(roles)]
    well = not missing and not waiting.blocked_cursors
    return JsonResponse(
        {
            "status": "ok" if well else "degraded",
            "missing": missing,
            "roles": [public_role(role) for role in roles],
            "waiting": asdict(waiting),
        }
    )


def unavailable_response(missing: list[str]) -> HttpResponse:
    """The answer when no request can be served."""
    return JsonResponse({"status": "unavailable", "missing": missing, "roles": [], "waiting": {}}, status=503)


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


def public_role(role: RoleStatus) -> dict[str, object]:
    """Return what anyone may know of a role: neither hosts nor messages of errors."""
    counters, errors = role.detail.get("counters"), role.detail.get("errors")
    return {
        "role": role.role,
        "alive": role.is_alive,
        "age_seconds": round(role.age_seconds, 1),
        "restarts": counters.get(f"roles.restarted.{role.role}", 0) if isinstance(counters, dict) else 0,
        "failing": sorted(errors) if isinstance(errors, dict) else [],
    }


def count_waiting() -> Backlog:
    """Count what stands still, in one query over partial indexes."""
    blocked = Cursor.objects.filter(blocked_at__isnull=False)
    parked = ParkedMessage.objects.all()
    letters = DeadLetter.objects.filter(resolved_at__isnull=True)
    retrying = Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True)
    unpublished = Stream.objects.filter(published__lt=F("head"))
    return Backlog(*count_together([blocked, parked, letters, retrying, unpublished], at_most=SHOWN_AT_MOST))
