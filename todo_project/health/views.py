"""`/livez`, `/readyz`, `/startupz`: cheap answers for probes and people, without a login.

`readyz` answers 503 only when no request could be served: no database, or tables that this release does not fit.
Everything else that is missing makes it `degraded`: requests are still served and nothing is lost.
"""

from dataclasses import asdict

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from events_app.runtime.essentials import missing_essentials
from events_app.runtime.heartbeats import RoleStatus, role_statuses
from events_app.runtime.role_frame import liveness
from todo_project.health.readiness import count_waiting, missing_roles, missing_services


@csrf_exempt  # its middleware would read the body, in search of a token
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 when each loop of this process has turned within 30 seconds, else 503. Nothing else is checked."""
    status, body = liveness()
    return JsonResponse(body, status=status)


@csrf_exempt
@never_cache
@require_safe
def startupz(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database answers and has the tables of this release, else 503."""
    missing = missing_essentials()
    return JsonResponse(
        {"status": "starting" if missing else "ok", "missing": missing}, status=503 if missing else 200
    )


@csrf_exempt
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer which parts work and which are missing; 503 when no request could be served."""
    try:
        if missing := missing_essentials():
            return unavailable_response(missing)
        roles = role_statuses()
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
    """Return the 503 answer for a platform that can serve no request."""
    return JsonResponse({"status": "unavailable", "missing": missing, "roles": [], "waiting": {}}, status=503)


def public_role(role: RoleStatus) -> dict[str, object]:
    """Return what everybody may know about a role: no host names and no error messages."""
    counters, errors = role.detail.get("counters"), role.detail.get("errors")
    return {
        "role": role.role,
        "alive": role.is_alive,
        "age_seconds": round(role.age_seconds, 1),
        "restarts": counters.get(f"roles.restarted.{role.role}", 0) if isinstance(counters, dict) else 0,
        "failing": sorted(errors) if isinstance(errors, dict) else [],
    }
