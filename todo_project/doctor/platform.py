"""The running platform: roles, proxies, publishing, the audit trail, the epoch, consumers and tasks."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from django.conf import settings
from django.db import Error, connection

from accounts_app.operations.second_factors.sealing import count_old_seals
from audit_app import protection
from audit_app.models import AuditCheck
from events_app.operating.lag import ConsumerLag, LogLag
from events_app.runtime.heartbeats import RoleStatus
from foundation.http.client_addresses import FORWARDED_IGNORED
from tasks_app.queries.explain.faults import stuck_series_count, tasks_left_behind
from tasks_app.queries.lists.search import has_old_search_rows
from tasks_app.queries.tasks import has_old_documents
from todo_project.doctor import history
from todo_project.doctor.findings import Finding, fail, ok, warn
from todo_project.doctor.reading import MOST_STREAMS, PlatformReading, read_platform
from todo_project.doctor.starting import role_start_command
from todo_project.doctor.work import check_work
from todo_project.health import readiness

PROTECT = (
    "manage.py shell -c 'from django.db import connection; from audit_app import protection;"
    " protection.install(connection)'"
)
EXPOSE = "docs/operate/before-you-expose-it.md: put the proxy in front, then export TODO_TRUSTED_PROXIES=1"
FAR_BEHIND_EVENTS = 10_000
FAR_BEHIND_STREAMS = 1_000
OLD_HINT_SECONDS = 10.0
SEALS_LOOKED_AT = 200  # each costs a decryption, and the oldest are those that a rotation may have left
PARKED = "/admin/events_app/parkedmessage/: the reason of each; send it again, or close it when readers outside know"


def check_platform(reading: PlatformReading | None = None) -> Iterator[Finding]:
    """Check the roles and the log: by this reading, or by one of now."""
    try:
        now = reading or read_platform()
        alive = [role for role in now.around.roles if role.is_alive]
        yield from check_roles(alive)
        yield check_proxies(alive)
        yield check_publishing(now.log)
        yield check_audit_trail()
        yield history.check_epoch()
        yield from map(check_consumer, now.consumers)
        yield check_tasks()
        yield from check_work(now)
        yield check_search()
        yield check_documents()
        yield check_second_factors()
    except Error as error:
        yield fail("log", f"cannot be read: {type(error).__name__}", "manage.py migrate")


def check_roles(alive: Sequence[RoleStatus]) -> Iterator[Finding]:
    """Yield a finding for each live role and for each missing one."""
    for role in alive:
        yield check_role(role)
    for name in readiness.missing_roles(alive):
        yield warn(name, "no process sends heartbeats", role_start_command(name))
    yield from check_edge(alive)


def check_role(role: RoleStatus) -> Finding:
    """A live role, and for how long the oldest wake-up that it has been handed has waited."""
    detail = f"{role.instance}, {role.age_seconds:.0f} s ago"
    if role.oldest_hint_seconds <= OLD_HINT_SECONDS:
        return ok(role.role, detail)
    waiting = f"its oldest wake-up has waited {role.oldest_hint_seconds:.0f} s"
    return warn(role.role, f"{detail}, {waiting}", role_start_command(role.role))


def check_edge(alive: Sequence[RoleStatus]) -> Iterator[Finding]:
    """Other machines must not reach `web` directly: each incomplete request occupies one of its threads."""
    webs = [role.detail for role in alive if role.role == "web" and "host" in role.detail]
    if any(not is_loopback(str(web["host"])) and not web.get("trusted_proxies") for web in webs):
        yield warn(
            "edge", "web listens for other machines, and TODO_TRUSTED_PROXIES names no proxy in front", EXPOSE
        )
    elif webs:
        yield ok("edge", "web is behind a proxy, or listens on this machine only")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on this host; an empty host means all addresses."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_proxies(alive: Sequence[RoleStatus]) -> Finding:
    """Whether the number of proxies in front is set: without it, all clients of a proxy count as one."""
    # Counted by processes that trust no proxy, whatever the settings of this command are.
    if ignored := max((_counter(role, FORWARDED_IGNORED) for role in alive), default=0):
        detail = f"{ignored} requests had X-Forwarded-For or -Proto, which are ignored"
        return warn("proxies", detail, "export TODO_TRUSTED_PROXIES=1, if your own proxy is in front")
    if settings.TRUSTED_PROXIES:
        return ok("proxies", f"{settings.TRUSTED_PROXIES} in front add to X-Forwarded-For")
    return ok("proxies", "none in front, and no request came through one")


def _counter(role: RoleStatus, name: str) -> int:
    counters = role.detail.get("counters")
    value = counters.get(name, 0) if isinstance(counters, dict) else 0
    return value if isinstance(value, int) else 0


def check_publishing(lag: LogLag) -> Finding:
    """Events that the relay has not sent yet."""
    detail = (
        f"{lag.unpublished_events} events in {_at_least(lag.unpublished_streams)} not yet sent to the broker"
    )
    if lag.parked_messages:
        detail += f", {lag.parked_messages} messages that no broker takes"
        return warn("publishing", detail, PARKED)
    if lag.standing_aside or lag.unpublished_streams > FAR_BEHIND_STREAMS:
        return warn("publishing", f"{detail}, {lag.standing_aside} standing aside", "manage.py relay")
    return ok("publishing", detail)


def _at_least(streams: int) -> str:
    return f"{streams} streams or more" if streams >= MOST_STREAMS else f"{streams} streams"


def check_consumer(lag: ConsumerLag) -> Finding:
    """How far one consumer is behind, and why."""
    name = f"{lag.name}"
    detail = f"{lag.state}, {lag.events} events behind in {_at_least(lag.streams)}, {lag.waiting} waiting for a retry"
    if lag.blocked:
        return fail(
            name, f"{detail}, {lag.blocked} streams blocked", "/admin/events_app/cursor/: mend, then retry"
        )
    if lag.dead_letters:
        return warn(name, f"{detail}, {lag.dead_letters} dead letters", "manage.py dead_letters list")
    if lag.state == "paused":
        return warn(name, detail, f"manage.py consumers resume {lag.name}")
    if lag.state == "not registered":
        return warn(name, detail, role_start_command("relay"))
    if lag.events > FAR_BEHIND_EVENTS or lag.streams > FAR_BEHIND_STREAMS:
        return warn(name, detail, role_start_command(f"consumer:{lag.name}"))
    return ok(name, detail)


def check_tasks() -> Finding:
    """Series whose next occurrence cannot be created, and tasks that cannot follow a new zone; all are retried."""
    stuck, behind = stuck_series_count(), tasks_left_behind()
    detail = f"{stuck} series stuck, {behind} tasks that could not follow a new zone"
    if stuck or behind:
        return warn(
            "tasks", detail, "/admin/tasks_app/series/?stuck_since__isempty=0: the reason, and try again"
        )
    return ok("tasks", detail)


def check_search() -> Finding:
    """What an older release made findable is found as that one did until it is indexed again."""
    if has_old_search_rows():
        return warn("search", "tasks are indexed as an older release did it", "manage.py reindex_search")
    return ok("search", "every task is indexed as this release does it")


def check_documents() -> Finding:
    """What an older release wrote is read from its rows, which takes longer, until its document is made."""
    if has_old_documents():
        return warn("documents", "tasks have an older release's document", "manage.py rewrite_documents")
    return ok("documents", "every task has its document")


def check_second_factors() -> Finding:
    """Secrets of second factors that would be lost with a fallback of the secret key, and those that are lost."""
    seals = count_old_seals(among=SEALS_LOOKED_AT)
    if seals.unreadable:
        detail = f"no known secret key opens those of {seals.unreadable} people"
        mend = "set the key of their time in TODO_SECRET_KEY_FALLBACKS: docs/operate/rotate-keys.md"
        return warn("second factors", detail, mend)
    if seals.under_fallback:
        detail = (
            f"those of {seals.under_fallback} people or more are encrypted under a fallback of the secret key"
        )
        return warn("second factors", detail, "manage.py prepare")
    return ok("second factors", "all that were looked at are encrypted under the present secret key")


def check_audit_trail() -> Finding:
    """Whether the triggers that make the audit trail append-only are installed, and whether it was verified."""
    differences = protection.find_differences(connection)
    if differences:
        return fail("audit trail", f"not protected: {', '.join(differences)}", PROTECT)
    if (wrong := AuditCheck.objects.filter(first_bad__isnull=False).first()) is not None:
        detail = f"that of user {wrong.user_id} is wrong from sequence {wrong.first_bad}: {wrong.reason}"
        return fail("audit trail", detail, f"manage.py audit_verify --user {wrong.user_id}")
    return ok("audit trail", "the database refuses to change it")
