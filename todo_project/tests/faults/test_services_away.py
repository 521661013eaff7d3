"""PostgreSQL and Redis stop under load and come back; the sockets' process is killed. Nobody is started again."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from devstack import Stack, temporary_stack
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.load import Load
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.platforms import Platform, Web, platform
from todo_project.tests.platform.roles import PATIENCE, Role, Stopwatch

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(400)]

BUSY = 20
FEWEST = 5


@dataclass
class Scene:
    """Every role but Kafka's; the engines carry events inside PostgreSQL."""

    stack: Stack
    platform: Platform
    web: Web
    sockets: Web
    relay: Role
    celery: tuple[Role, Role]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("services")
    with temporary_stack("postgresql", "redis") as stack, ExitStack() as stacked:
        environment = {"TODO_REDIS_URL": stack.redis.url(), "TODO_DATABASE_CONN_MAX_AGE": "60"}
        made = stacked.enter_context(platform(folder, new_postgresql(stack), environment))
        relay, celery = made.relay(), (made.start("worker", "--processes", "1"), made.start("beat"))
        web, sockets = made.web(), made.sockets()
        scene = Scene(stack, made, web.answers(), sockets.answers(), relay, celery)
        scene.web.becomes("ok")
        yield scene


def test_a_database_that_stops_under_load_comes_back_to_the_same_processes(
    at: Scene, outage_seconds: float
) -> None:
    [person] = at.platform.people(1, at.web)
    with Load(person) as load, person.socket(at.sockets.url) as socket:
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        at.stack.stop("postgresql")
        away = Stopwatch()
        assert wait_until(lambda: len(load.posts.refused) >= FEWEST, seconds=PATIENCE)
        assert wait_until(lambda: at.web.ready()["status"] == "unavailable", seconds=PATIENCE)
        assert wait_until(lambda: away.seconds >= outage_seconds / 2, seconds=outage_seconds)
        at.stack.start("postgresql")
        before = load.turn()
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        after = load.turn()
        last = after.confirmed[-1]
        socket.until_event(lambda event: event["task_id"] == last)

    assert set(before.refused) <= {0, 503}, before.refused
    _everybody_is_well(at, person, at_least={*before.confirmed, *after.confirmed})
    assert len(set(socket.sequences)) == len(socket.sequences)


def test_redis_that_stops_under_load_costs_no_write_and_no_event(at: Scene, outage_seconds: float) -> None:
    [person] = at.platform.people(1, at.web)
    with Load(person) as load, person.socket(at.sockets.url) as socket:
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        at.stack.kill("redis")
        away = Stopwatch()
        assert wait_until(lambda: "redis" in at.web.ready()["missing"], seconds=PATIENCE)
        at.platform.hands.do("remind", user_id=person.id, seconds=1)
        # Sockets find out from the log, reminders are swept by the relay.
        socket.until_event(lambda event: event["operation"] == "notify")
        assert wait_until(lambda: away.seconds >= outage_seconds / 2, seconds=outage_seconds)
        at.stack.start("redis")
        assert wait_until(lambda: "redis" not in at.web.ready()["missing"], seconds=PATIENCE)
        posts = load.turn()
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        last = load.posts.confirmed[-1]
        socket.until_event(lambda event: event["task_id"] == last)

    assert not [*posts.refused, *load.posts.refused]
    _everybody_is_well(at, person, at_least={*posts.confirmed, *load.posts.confirmed})
    _saw_everything(at, person, socket.sequences)


def test_a_client_of_killed_sockets_goes_on_where_it_was(at: Scene) -> None:
    [person] = at.platform.people(1, at.web)
    with Load(person) as load:
        mortal = at.platform.sockets().answers()
        with person.socket(mortal.url, after=0) as first:
            first.until_event(lambda event: event["sequence"] >= BUSY)
            mortal.role.kill()
        seen = first.sequences
        reached = len(load.posts.confirmed) + BUSY
        assert wait_until(lambda: len(load.posts.confirmed) >= reached, seconds=PATIENCE)
        with person.socket(at.sockets.url, after=seen[-1]) as second:
            last = load.posts.confirmed[-1]
            second.until_event(lambda event: event["task_id"] == last)
    assert second.sequences == list(range(seen[-1] + 1, second.sequences[-1] + 1))
    assert seen == list(range(1, seen[-1] + 1))


def _everybody_is_well(at: Scene, person: Person, *, at_least: set[int]) -> None:
    at.platform.settles()
    tasks = "SELECT id FROM tasks_app_task WHERE owner_id = %s"
    assert at_least <= {task for (task,) in at.platform.database.rows(tasks, person.id)}
    at.platform.applied_everything_once(person.id)
    at.web.becomes("ok")
    _celery_fires_reminders(at, person)
    at.platform.finds_nothing()


def _celery_fires_reminders(at: Scene, person: Person) -> None:
    """Beat and worker are not only alive: they do what the relay, which sleeps now, would do otherwise."""
    fired = "SELECT COUNT(*) FROM tasks_app_reminder WHERE owner_id = %s AND status = 'fired'"
    before = at.platform.database.value(fired, person.id)
    at.relay.pause()
    at.platform.hands.do("remind", user_id=person.id, seconds=1)
    at.platform.reaches(fired, person.id, value=before + 1)
    at.relay.resume()


def _saw_everything(at: Scene, person: Person, sequences: list[int]) -> None:
    types = "('task.created', 'notification.created')"
    wanted = at.platform.database.rows(
        "SELECT e.seq FROM events_app_event e JOIN events_app_stream s ON s.id = e.stream_id"
        f" WHERE s.key = %s AND e.type IN {types} AND e.seq BETWEEN %s AND %s ORDER BY e.seq",
        f"user:{person.id}",
        sequences[0],
        sequences[-1],
    )
    assert sequences == [seq for (seq,) in wanted]
