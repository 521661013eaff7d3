"""The four ways to run the platform: the settings differ, the code does not."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.dapr.launch import Pubsub
from devstack.ports import pick
from devstack.testing import require_services
from todo_project.tests.platform.databases import SQLite, new_postgresql
from todo_project.tests.platform.platforms import Platform, over_dapr, over_kafka, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
    "TODO_ALLOWED_HOSTS": "127.0.0.1",
    "TODO_FAULT_MODULE": "",
}


@dataclass(frozen=True)
class World:
    """A running platform, and where its people find it."""

    platform: Platform
    url: str
    sockets_url: str


Way = Callable[[Path], AbstractContextManager[World]]


@contextmanager
def one_process(folder: Path) -> Iterator[World]:
    """`manage.py up` in an empty folder."""
    local = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.local",
        "TODO_DATABASE_URL": "",
        "TODO_SECRET_KEY": "",
        "TODO_AUDIT_KEYS": "",
        "TODO_FAULT_MODULE": "",
    }
    with platform(folder, SQLite(folder / "todo.sqlite3"), local) as made:
        web = made.up().answers()
        web.becomes("ok")
        yield World(made, web.url, web.url)


@contextmanager
def kafka(folder: Path) -> Iterator[World]:
    """PostgreSQL, Redis and Kafka, a process for each role."""
    stack = require_services("postgresql", "kafka", "redis")
    environment = {**_services(stack), **over_kafka(stack, _prefix())}
    with platform(folder, new_postgresql(stack), environment) as made:
        assert made.start("topics").ended() == 0
        made.consume("audit", "recurrence")
        made.consume("notifications", "realtime")
        yield _running(made, environment)


@contextmanager
def dapr_on_kafka(folder: Path) -> Iterator[World]:
    """Dapr with its Kafka component."""
    with _dapr(folder, "kafka") as world:
        yield world


@contextmanager
def dapr_on_redis(folder: Path) -> Iterator[World]:
    """Dapr with its Redis component: another file, no code."""
    with _dapr(folder, "redis") as world:
        yield world


WAYS: tuple[Way, ...] = (one_process, kafka, dapr_on_kafka, dapr_on_redis)


@contextmanager
def _dapr(folder: Path, pubsub: Pubsub) -> Iterator[World]:
    stack = require_services("postgresql", "kafka", "redis", "scheduler")
    database, prefix, [port] = new_postgresql(stack), _prefix(), pick(1)
    options = SidecarOptions(pubsub, database=database.name)
    publisher = SidecarOptions(pubsub, files=("secretstore", "resiliency"))
    with ExitStack() as stacked:
        beside_web = stacked.enter_context(_sidecar(stack, options, port))
        beside_relay = stacked.enter_context(_sidecar(stack, publisher, None))
        environment = {**_services(stack), **over_dapr(beside_web, prefix)}
        made = stacked.enter_context(platform(folder, database, environment))
        if pubsub == "kafka":
            assert made.start("topics", **over_kafka(stack, prefix)).ended() == 0
        world = _running(made, over_dapr(beside_relay, prefix), port)
        made.start("dapr_jobs")
        beside_web.wait_healthy(PATIENCE)
        yield world


def _sidecar(stack: Stack, options: SidecarOptions, port: int | None) -> Sidecar:
    return Sidecar(f"e{uuid4().hex[:8]}", port, stack=stack, options=options)


def _running(made: Platform, relay: dict[str, str], port: int | None = None) -> World:
    """Start the roles that every cluster has, and wait until `/readyz` finds them all."""
    made.relay(**relay)
    made.start("worker", "--processes", "1")
    made.start("beat")
    sockets, web = made.sockets(), made.web(port).answers()
    sockets.answers()
    web.becomes("ok")
    return World(made, web.url, sockets.url)


def _services(stack: Stack) -> dict[str, str]:
    return {**PRODUCTION, "TODO_REDIS_URL": redis_url(stack)}


def _prefix() -> str:
    return f"e{uuid4().hex[:8]}-"
