"""The four ways to run the platform: the settings differ, the code does not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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

# Neither the address of a process nor 127.0.0.1, which are what probes and sidecars send as Host.
NAME = "todo.example"
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
    "TODO_LOG_FORMAT": "json",
    "TODO_ALLOWED_HOSTS": NAME,
    "TODO_FAULT_MODULE": "",
}


@dataclass(frozen=True)
class World:
    """A running platform, where its people find it, and by which name."""

    platform: Platform
    url: str
    sockets_url: str
    host: str = ""


Given = Mapping[str, str]
"""Further variables of all roles and sidecars, such as where spans go."""
Way = Callable[[Path, Given], AbstractContextManager[World]]


@contextmanager
def one_process(folder: Path, given: Given) -> Iterator[World]:
    """`manage.py up` in an empty folder."""
    local = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.local",
        "TODO_LOG_FORMAT": "json",
        "TODO_DATABASE_URL": "",
        "TODO_SECRET_KEY": "",
        "TODO_AUDIT_KEYS": "",
        "TODO_FAULT_MODULE": "",
        **given,
    }
    with platform(folder, SQLite(folder / "todo.sqlite3"), local) as made:
        web = made.up().answers()
        web.becomes("ok")
        yield World(made, web.url, web.url)


@contextmanager
def kafka(folder: Path, given: Given) -> Iterator[World]:
    """PostgreSQL, Redis and Kafka, a process for each role."""
    stack = require_services("postgresql", "kafka", "redis")
    environment = {**_services(stack, given), **over_kafka(stack, _prefix())}
    with platform(folder, new_postgresql(stack), environment) as made:
        assert made.start("topics").ended() == 0
        made.consume("audit", "recurrence")
        made.consume("notifications", "realtime")
        yield _running(made, {})


@contextmanager
def dapr_on_kafka(folder: Path, given: Given) -> Iterator[World]:
    """Dapr with its Kafka component: receivers with sidecars and app ids of their own, for consumers and for sweeps."""
    with _dapr(folder, given) as world:
        assert world.made.start("topics", **over_kafka(world.stack, world.prefix)).ended() == 0
        yield _receiving(world, "kafka", CONSUMERS)


@contextmanager
def dapr_on_redis(folder: Path, given: Given) -> Iterator[World]:
    """Dapr with its Redis component: another file, no code. A receiver for each consumer."""
    with _dapr(folder, given) as world:
        yield _receiving(world, "redis", [(name,) for names in CONSUMERS for name in names])


@contextmanager
def one_sidecar(folder: Path, given: Given) -> Iterator[World]:
    """Dapr with everything behind one sidecar, which hands everything to `web`."""
    with _dapr(folder, given) as world:
        [port] = pick(1)
        beside_web = world.sidecar("redis", port)
        world.made.start("dapr_jobs", **beside_web)
        yield _running(world.made, beside_web, port)


WAYS: tuple[Way, ...] = (one_process, kafka, dapr_on_kafka, dapr_on_redis, one_sidecar)
WITH_SIDECARS = (dapr_on_kafka, dapr_on_redis, one_sidecar)
CONSUMERS = (("recurrence", "audit"), ("notifications", "realtime"))


@dataclass(frozen=True)
class _Dapr:
    """A platform whose roles have sidecars."""

    stack: Stack
    made: Platform
    database: str
    prefix: str
    sidecars: ExitStack
    given: Given

    def sidecar(self, pubsub: Pubsub, port: int | None, *role: str) -> dict[str, str]:
        """Start one beside the application at this port, which does everything without a role; return its variables."""
        app_id = "-".join([self.prefix.strip("-"), *role])
        options = SidecarOptions(
            pubsub,
            database=self.database,
            topic_prefix=self.prefix,
            values={"TRACE_RATIO": "1"},
            environment=self.given,
        )
        sidecar = Sidecar(app_id, port, stack=self.stack, options=options)
        return over_dapr(self.sidecars.enter_context(sidecar), self.prefix)

    def receive(self, pubsub: Pubsub, *names: str) -> dict[str, str]:
        """Start a receiver and its sidecar; return the variables of both."""
        [port] = pick(1)
        environment = self.sidecar(pubsub, port, *(name.removeprefix("--") for name in names))
        self.made.start("receive", *names, "--port", str(port), **environment)
        return environment


@contextmanager
def _dapr(folder: Path, given: Given) -> Iterator[_Dapr]:
    stack = require_services("postgresql", "kafka", "redis", "scheduler")
    database, prefix = new_postgresql(stack), _prefix()
    with ExitStack() as sidecars, platform(folder, database, _services(stack, given)) as made:
        yield _Dapr(stack, made, database.name, prefix, sidecars, given)


def _receiving(world: _Dapr, pubsub: Pubsub, receivers: Sequence[Sequence[str]]) -> World:
    """Start every role with a sidecar and an app id of its own, under the scopes that the chart renders."""
    for names in receivers:
        world.receive(pubsub, *names)
    world.made.start("dapr_jobs", **world.receive(pubsub, "--sweeps"))
    # Where strangers come in, the sidecar's routes are 404.
    beside_web = world.sidecar(pubsub, None, "web")
    return _running(
        world.made, world.sidecar(pubsub, None, "relay"), None, **beside_web, TODO_ROUTES="public"
    )


def _running(made: Platform, relay: dict[str, str], port: int | None = None, **web: str) -> World:
    """Start the roles that every cluster has, and wait until `/readyz` finds them all."""
    made.relay(**relay)
    made.start("worker", "--processes", "1", **relay)
    made.start("beat", **relay)
    sockets, serving = made.sockets(**relay), made.web(port, **{**relay, **web}).answers(2 * PATIENCE)
    sockets.answers(2 * PATIENCE)
    serving.becomes("ok", seconds=2 * PATIENCE)
    return World(made, serving.url, sockets.url, NAME)


def _services(stack: Stack, given: Given) -> dict[str, str]:
    return {**PRODUCTION, **given, "TODO_REDIS_URL": redis_url(stack)}


def _prefix() -> str:
    return f"e{uuid4().hex[:8]}-"
