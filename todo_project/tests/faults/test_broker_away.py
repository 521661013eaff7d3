"""Kafka, or the Dapr sidecar, is gone for a while under writes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pytest

from devstack import temporary_stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.ports import pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.load import Load, Posts
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.platforms import Platform, Web, over_dapr, over_kafka, platform
from todo_project.tests.platform.roles import PATIENCE, Stopwatch

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(400)]

POSTS = 60
# The medians are of the same process in the same minute; others who use the machine may double either.
SLOWER = 3.0
MISSING_ANYWAY = {"sockets", "worker", "beat", "deliver", "dapr-jobs"}  # roles that these tests do not need


@dataclass
class Fault:
    """How what carries the events goes, how it comes back, and what `/readyz` names meanwhile."""

    go: Callable[[], None]
    come_back: Callable[[], None]
    missing: frozenset[str]


@dataclass
class Scene:
    """A platform, and what happens to its broker or sidecar, one after the other."""

    platform: Platform
    web: Web
    outside: Outside
    faults: tuple[Fault, ...]


@contextmanager
def with_kafka(folder: Path) -> Iterator[Scene]:
    """Killed; then frozen: connections stay open, nothing is answered, and what was sent may arrive later."""
    shared = require_services("postgresql", "kafka")
    with temporary_stack("kafka") as own, ExitStack() as stacked:
        outside = Outside(own, fresh_topics(plain(own)))
        made = stacked.enter_context(
            platform(folder, new_postgresql(shared), over_kafka(own, outside.prefix))
        )
        made.relay()
        made.consume()
        killed = Fault(lambda: own.kill("kafka"), lambda: own.start("kafka"), frozenset({"broker"}))
        frozen = Fault(lambda: own.pause("kafka"), lambda: own.resume("kafka"), frozenset())
        yield Scene(made, made.web().answers(), outside, (killed, frozen))


@contextmanager
def with_sidecar(folder: Path) -> Iterator[Scene]:
    shared = require_services("postgresql", "kafka", "redis", "scheduler")
    outside = Outside(shared, fresh_topics(plain(shared)))
    [port] = pick(1)
    options = SidecarOptions(files=("secretstore", "resiliency"), topic_prefix=outside.prefix)
    with (
        Sidecar(f"t{uuid4().hex[:8]}", port, stack=shared, options=options) as sidecar,
        ExitStack() as stacked,
    ):
        made = stacked.enter_context(
            platform(folder, new_postgresql(shared), over_dapr(sidecar, outside.prefix))
        )
        made.relay()
        web = made.web(port).answers()
        sidecar.wait_healthy(PATIENCE)
        killed = Fault(sidecar.kill, sidecar.start, frozenset({"sidecar"}))
        yield Scene(made, web, outside, (killed,))


@pytest.mark.parametrize("scene", [with_kafka, with_sidecar])
def test_writes_go_on_as_fast_and_are_told_when_it_is_back(
    tmp_path: Path, scene: Callable[[Path], AbstractContextManager[Scene]], outage_seconds: float
) -> None:
    with scene(tmp_path) as at:
        [person] = at.platform.people(1, at.web)
        with Load(person) as load:
            stretches = [_survives(at, load, fault, outage_seconds) for fault in at.faults]
        confirmed = [task for posts in [*chain(*stretches), load.posts] for task in posts.confirmed]

        at.platform.settles()
        tasks = {task for (task,) in at.platform.database.rows("SELECT id FROM tasks_app_task")}
        assert tasks == set(confirmed)
        at.platform.applied_everything_once(person.id)
        at.outside.was_told_everything(at.platform, person.id)
        assert wait_until(lambda: set(at.web.ready()["missing"]) <= MISSING_ANYWAY, seconds=PATIENCE)
        at.platform.finds_nothing()


def _survives(at: Scene, load: Load, fault: Fault, outage_seconds: float) -> tuple[Posts, Posts]:
    """Compare writes before and during one outage; return both stretches."""
    assert wait_until(lambda: len(load.posts.seconds) >= POSTS, seconds=PATIENCE)
    before = load.turn()
    fault.go()
    away = Stopwatch()
    assert wait_until(lambda: fault.missing <= set(at.web.ready()["missing"]), seconds=PATIENCE)
    assert not fault.missing or at.web.ready()["status"] == "degraded"
    assert wait_until(lambda: away.seconds >= outage_seconds, seconds=2 * outage_seconds)
    assert wait_until(lambda: len(load.posts.seconds) >= POSTS, seconds=PATIENCE)
    during = load.turn()
    fault.come_back()

    assert not [*before.refused, *during.refused]
    assert during.median <= SLOWER * before.median, (before.median, during.median)
    assert max(during.seconds) < max(10 * max(before.seconds), 4.0)
    return before, during
