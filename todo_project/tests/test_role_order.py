"""Roles started before anything else, under settings of production, each as the first process of its container, and
asked as kubelet asks: by their address."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from signal import SIGTERM

import httpx
import pytest

from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.up.starting import run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

POD = {"Host": "10.244.1.17:8081"}
NOWHERE = f"{LOOPBACK}:{pick(1)[0]}"
KAFKA = {"TODO_EVENT_TRANSPORT": "kafka", "TODO_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}
DAPR = {"TODO_EVENT_TRANSPORT": "dapr", "APP_API_TOKEN": os.urandom(16).hex()}
ROLES: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "web": (("web", "--processes", "1"), {}),
    "sockets": (("sockets",), {}),
    "relay": (("relay",), {}),
    "deliver": (("deliver",), {}),
    "worker": (("worker", "--processes", "1"), {}),
    "beat": (("beat",), {}),
    "consume": (("consume", "audit"), KAFKA),
    "dapr_jobs": (("dapr_jobs",), DAPR),
    "receive": (("receive", "audit"), DAPR),
    "sweeps": (("receive", "--sweeps"), DAPR),
    "metrics": (("metrics",), {}),
}
SERVING = ("web", "sockets")
RECEIVING = ("receive", "sweeps")


class Started:
    """A role of an installation with its side port, and its own port if it serves."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        words, given = ROLES[name]
        self.side, self.own = pick(2)
        where = ("--port", str(self.own)) if name in (*SERVING, *RECEIVING) else ()
        self.role = Role(
            ["manage.py", *words, *where],
            environment={**environment, **given, "TODO_SIDE_PORT": str(self.side)},
            log=folder / f"{name}.log",
            is_first=True,
        )

    def call(self, method: str, path: str, *, token: str = DAPR["APP_API_TOKEN"]) -> httpx.Response:
        """Call it as a sidecar does: at its own port, by that address."""
        url = f"http://{LOOPBACK}:{self.own}{path}"
        return httpx.request(method, url, headers={"dapr-api-token": token}, timeout=PATIENCE)

    def status(self, path: str, port: int | None = None) -> int:
        """What an orchestrator is answered; 0 while nobody listens."""
        self.role.check()
        try:
            url = f"http://{LOOPBACK}:{port or self.side}{path}"
            return httpx.get(url, headers=POD, timeout=PATIENCE).status_code
        except httpx.TransportError:
            return 0

    def answers(self, path: str, status: int, port: int | None = None) -> None:
        """Wait until it answers so."""
        assert wait_until(lambda: self.status(path, port) == status, seconds=PATIENCE), (path, self.role.tail)


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    """An empty database, and the name under which people know it."""
    return role_environment(
        {
            "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
            "TODO_ALLOWED_HOSTS": "todo.example",
            "TODO_DATA_DIR": str(tmp_path),
            "TODO_DATABASE_URL": f"sqlite:///{tmp_path / 'todo.sqlite3'}",
        }
    )


@pytest.fixture
def started(installation: dict[str, str], tmp_path: Path) -> Iterator[dict[str, Started]]:
    made = {name: Started(name, tmp_path, installation) for name in ROLES}
    yield made.copy()
    for each in made.values():
        each.role.kill()
        print(each.role.tail)  # noqa: T201 - pytest shows it when the test fails


def test_roles_that_start_before_the_tables_wait_for_them_and_end_when_asked(
    started: dict[str, Started], installation: dict[str, str]
) -> None:
    for each in started.values():
        each.answers("/livez", 200)
        each.answers("/startupz", 503)
        each.answers("/readyz", 503)
        each.role.says("Waiting for the tables of this release: run `manage.py migrate`")
    waiting = [started.pop(name) for name in ("deliver", "dapr_jobs")]
    assert _end(waiting) == [0, 0]
    assert run_manage("migrate", "--verbosity", "0", environment=installation).returncode == 0
    for each in started.values():
        each.answers("/startupz", 200)
        each.answers("/readyz", 200)
    for name in SERVING:
        for path in ("/livez", "/startupz", "/readyz"):
            started[name].answers(path, 200, started[name].own)
        assert started[name].status("/api/", started[name].own) in (400, 404), "not under the name of a pod"
    _receives_for_one_consumer(started["receive"])
    _wakes_sweeps(started["sweeps"])
    started["metrics"].answers("/metrics", 200)
    started["metrics"].answers("/lag.json", 200)
    assert set(_end(list(started.values()))) == {0}


def _receives_for_one_consumer(receiver: Started) -> None:
    topics = [each["topic"] for each in receiver.call("GET", "/dapr/subscribe").json()]
    assert set(topics) == {"task-events", "reminders", "task-updates"}
    assert receiver.call("POST", "/dapr/events/task-events").json() == {"status": "DROP"}
    assert receiver.call("GET", "/dapr/subscribe", token="wrong").status_code == 401
    for method, path in (
        ("POST", "/job/reminders-1"),
        ("POST", "/wake/tags"),
        ("OPTIONS", "/reminder-cron"),
        ("GET", "/api/"),
    ):
        assert receiver.call(method, path).status_code == 404, path


def _wakes_sweeps(sweeps: Started) -> None:
    assert sweeps.call("GET", "/dapr/subscribe").json() == []
    assert sweeps.call("OPTIONS", "/reminder-cron").status_code == 200
    assert sweeps.call("POST", "/reminder-cron").status_code == 200
    assert sweeps.call("POST", "/job/reminders-1").status_code == 200
    assert sweeps.call("POST", "/job/reminders-1", token="wrong").status_code == 401
    assert sweeps.call("POST", "/wake/tags").status_code == 200
    assert sweeps.call("POST", "/wake/tags", token="wrong").status_code == 401
    for method, path in (("POST", "/dapr/events/task-events"), ("GET", "/api/"), ("GET", "/admin/")):
        assert sweeps.call(method, path).status_code == 404, path


def _end(roles: Sequence[Started]) -> list[int]:
    """Ask all at once, as when a machine goes down; return their exit codes."""
    for each in roles:
        each.role.signal(SIGTERM)
    return [each.role.ended() for each in roles]
