"""PostgreSQL dies under load and another server takes its place behind the same address. Nobody is started again."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from devstack import Stack, temporary_stack
from devstack.ports import LOOPBACK, pick
from devstack.state import ServiceEntry
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import PostgreSQL, new_postgresql
from todo_project.tests.platform.load import Load
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.people import Person, Socket
from todo_project.tests.platform.platforms import Platform, Web, over_kafka, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.platform.switch import Switch

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(400)]

BUSY = 20
FEWEST = 5


@dataclass
class Scene:
    """Every role of a cluster over Kafka and Redis, on a database whose address is a switch."""

    stack: Stack
    switch: Switch
    platform: Platform
    outside: Outside
    web: Web
    sockets: Web
    relay: Role

    def fail_over(self) -> None:
        """The server dies; one with its data, on another port, takes over."""
        before = self.stack.endpoint("postgresql").port
        self.stack.kill("postgresql")
        state = self.stack.home.state
        ports = {"postgresql": pick(1)[0]}
        state.remember("postgresql", ServiceEntry(ports, password=state.entry("postgresql").password))
        self.stack.start("postgresql")
        assert self.stack.endpoint("postgresql").port != before

    def take_over(self) -> None:
        """Have the address lead to the server that runs now."""
        self.switch.lead_to(self.stack.endpoint("postgresql").port)


class Moving(PostgreSQL):
    """The database by its own port, which changes, for what the test looks at itself."""

    def __init__(self, database: PostgreSQL, switch: Switch) -> None:
        super().__init__(database.stack, database.name)
        address = urlsplit(self.stack.postgresql.url(self.name))
        account = address.netloc.rpartition("@")[0]
        self.url = urlunsplit(address._replace(netloc=f"{account}@{LOOPBACK}:{switch.port}"))


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Scene]:
    shared = require_services("kafka", "redis")
    with temporary_stack("postgresql") as own, ExitStack() as stacked:
        switch = Switch(own.endpoint("postgresql").port)
        stacked.callback(switch.close)
        outside = Outside(shared, fresh_topics(plain(shared)))
        environment = {**over_kafka(shared, outside.prefix), "TODO_REDIS_URL": redis_url(shared)}
        database = Moving(new_postgresql(own), switch)
        made = stacked.enter_context(platform(tmp_path, database, environment))
        relay, _ = made.relay(), made.consume()
        made.start("worker", "--processes", "1")
        made.start("beat")
        web, sockets = made.web().answers(), made.sockets().answers()
        web.becomes("ok")
        yield Scene(own, switch, made, outside, web, sockets, relay)


def test_a_database_that_fails_over_under_load_loses_nothing_and_nobody(at: Scene) -> None:
    people = at.platform.people(2, at.web)
    stretches = []
    with Load(people[0]) as load, Load(people[1]) as other, people[0].socket(at.sockets.url) as socket:
        for _ in range(2):
            _is_served(load, other)
            at.fail_over()
            assert wait_until(lambda: len(load.posts.refused) >= FEWEST, seconds=PATIENCE)
            stretches += [load.turn(), other.turn()]
            at.take_over()
            _is_served(load, other)
            _is_pushed(socket, load.posts.confirmed[-1])
    stretches += [load.posts, other.posts]

    assert set(chain.from_iterable(posts.refused for posts in stretches)) <= {0, 503}
    tasks = {task for (task,) in at.platform.database.rows("SELECT id FROM tasks_app_task")}
    assert set(chain.from_iterable(posts.confirmed for posts in stretches)) <= tasks
    at.platform.settles()
    for person in people:
        at.platform.applied_everything_once(person.id)
        at.outside.was_told_everything(at.platform, person.id)
    assert len(set(socket.sequences)) == len(socket.sequences)
    at.web.becomes("ok")
    _celery_fires_reminders(at, people[0])
    at.platform.finds_nothing()


def _is_served(*loads: Load) -> None:
    """Wait until so many more tasks were made."""
    wanted = [len(load.posts.confirmed) + BUSY for load in loads]

    def are_served() -> bool:
        return all(len(load.posts.confirmed) >= more for load, more in zip(loads, wanted, strict=True))

    assert wait_until(are_served, seconds=PATIENCE), [load.posts.refused[-5:] for load in loads]


def _is_pushed(socket: Socket, task: int) -> None:
    socket.until_event(lambda event: event["task_id"] == task)


def _celery_fires_reminders(at: Scene, person: Person) -> None:
    """Beat and worker do what the relay, which sleeps now, would do otherwise."""
    fired = "SELECT COUNT(*) FROM tasks_app_reminder WHERE owner_id = %s AND status = 'fired'"
    at.relay.pause()
    at.platform.hands.do("remind", user_id=person.id, seconds=1)
    at.platform.reaches(fired, person.id, value=1)
    at.relay.resume()
