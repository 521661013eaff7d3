"""SIGTERM for every role under load: each ends by itself, in time, with exit code 0, and loses nothing.

Those of a cluster are each the first process of a container.
"""

import signal
from pathlib import Path

import pytest

from devstack.ports import pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import new_postgresql, new_sqlite
from todo_project.tests.platform.load import Load
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.platforms import Platform, over_kafka, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE, Role, Stopwatch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

IN_TIME = 15.0
BUSY = 30


def test_up_ends_in_time_even_when_it_is_told_twice(tmp_path: Path, templates: Path) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates)) as made:
        web = made.up().answers()
        web.becomes("ok")
        [person] = made.people(1, web)
        with Load(person) as load, person.socket(web.url):
            assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
            web.role.signal(signal.SIGTERM)
            assert _ends(web.role) == 0
        _nothing_is_lost(made, load, person.id)


@pytest.mark.services
def test_every_role_of_a_cluster_ends_in_time(tmp_path: Path) -> None:
    stack = require_services("postgresql", "kafka", "redis")
    outside = Outside(stack, fresh_topics(plain(stack)))
    environment = {**over_kafka(stack, outside.prefix), "TODO_REDIS_URL": redis_url(stack)}
    with platform(tmp_path, new_postgresql(stack), environment) as made:
        made.are_first = True
        roles = {
            "relay": made.relay(),
            "consume": made.consume(),
            "worker": made.start("worker", "--processes", "1"),
            "beat": made.start("beat"),
            "metrics": made.start("metrics", TODO_SIDE_PORT=str(pick(1)[0])),
        }
        web, sockets = made.web().answers(), made.sockets().answers()
        web.becomes("ok")
        [person] = made.people(1, web)
        with Load(person) as load, person.socket(sockets.url):
            assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
            codes = _end_all({**roles, "sockets": sockets.role, "web": web.role})
        assert set(codes.values()) == {0}, codes
        _nothing_is_lost(made, load, person.id)
        outside.was_told_everything(made, person.id)


def _end_all(roles: dict[str, Role]) -> dict[str, int]:
    """Tell all of them at once, as when a machine goes down."""
    for role in roles.values():
        role.signal(signal.SIGTERM)
    watch = Stopwatch()
    return {name: role.ended(seconds=max(1.0, IN_TIME - watch.seconds)) for name, role in roles.items()}


def _ends(role: Role) -> int:
    return role.stop(seconds=IN_TIME)


def _nothing_is_lost(made: Platform, load: Load, user: int) -> None:
    """What was confirmed is there; whoever starts next finishes it."""
    tasks = {
        task for (task,) in made.database.rows("SELECT id FROM tasks_app_task WHERE owner_id = %s", user)
    }
    assert set(load.posts.confirmed) <= tasks
    made.hands.do("finish")
    made.applied_everything_once(user)
    made.finds_nothing()
