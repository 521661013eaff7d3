"""Snapshots in Dapr's state store: there while it is, nobody's loss while it is away, and back afterwards."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import psycopg2
import pytest

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.ports import pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.platforms import Platform, over_dapr, platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]
CALLS = 20
STATE = {"TODO_STATE_STORE": "statestore"}


@dataclass(frozen=True)
class Scene:
    """A platform whose relay and receiver of snapshots have sidecars, and one of its people."""

    stack: Stack
    made: Platform
    person: Person
    beside_receiver: Sidecar
    prefix: str

    def kept(self, task_id: int) -> Any:
        """What another app finds in the store."""
        url = f"{self.beside_receiver.http_url}/v1.0/state/statestore/task-{task_id}"
        answer = httpx.get(url, headers={"dapr-api-token": self.beside_receiver.api_token}, timeout=PATIENCE)
        return answer.json() if answer.status_code == 200 else None

    def becomes(self, task_id: int, title: str | None) -> None:
        def is_kept() -> bool:
            found = self.kept(task_id)
            return bool(found) and (found["task"] and found["task"]["title"]) == title

        assert wait_until(is_kept, seconds=PATIENCE), (task_id, title, self.kept(task_id))

    def empty_the_table(self) -> None:
        url = self.stack.postgresql.url(
            self.made.database.url.rpartition("/")[2].partition("?")[0], admin=True
        )
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("TRUNCATE dapr.state")
        connection.close()


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    stack = require_services("postgresql", "redis")
    database, prefix, [port] = new_postgresql(stack), f"n{uuid4().hex[:8]}", pick(1)
    options = SidecarOptions(
        "redis",
        files=("secretstore", "statestore", "resiliency"),
        database=database.name,
        topic_prefix=f"{prefix}-",
        scheduler=False,
    )
    relay = Sidecar(f"{prefix}-relay", stack=stack, options=options)
    receiver = Sidecar(f"{prefix}-snapshots", port, stack=stack, options=options)
    with ExitStack() as running:
        made = running.enter_context(platform(folder, database, STATE))
        running.enter_context(relay)
        running.enter_context(receiver)
        made.relay(**over_dapr(relay, f"{prefix}-"))
        made.start("receive", "snapshots", "--port", str(port), **over_dapr(receiver, f"{prefix}-"))
        web = made.web(None, **over_dapr(relay, f"{prefix}-"), TODO_ROUTES="public").answers()
        receiver.wait_healthy(PATIENCE)
        [person] = made.people(1, web)
        yield Scene(stack, made, person, receiver, f"{prefix}-")


def rename(person: Person, task_id: int, title: str) -> float:
    """Change a task and read it again; return the seconds."""
    began = perf_counter()
    person.call("PATCH", f"/api/tasks/{task_id}/", {"title": title})
    assert person.call("GET", f"/api/tasks/{task_id}/")["title"] == title
    return perf_counter() - began


def test_snapshots_follow_and_nobody_waits_for_a_store_that_is_away(tmp_path: Path) -> None:
    with scene(tmp_path) as at:
        task = at.person.call("POST", "/api/tasks/", {"title": "Milk"}, expect=201)["id"]
        gone = at.person.call("POST", "/api/tasks/", {"title": "Gone"}, expect=201)["id"]
        at.becomes(task, "Milk")
        with_store = min(rename(at.person, task, f"Milk {n}") for n in range(CALLS))
        at.becomes(task, f"Milk {CALLS - 1}")

        at.beside_receiver.kill()
        without_store = min(rename(at.person, task, f"Bread {n}") for n in range(CALLS))
        at.person.call("DELETE", f"/api/tasks/{gone}/", expect=204)
        assert without_store < 10 * with_store
        at.made.settles()  # reconcile runs whichever consumer is behind

        at.beside_receiver.start()
        at.beside_receiver.wait_healthy(PATIENCE)
        rename(at.person, task, "Butter")
        at.becomes(task, "Butter")
        at.becomes(gone, None)

        at.empty_the_table()
        assert at.kept(task) is None
        assert at.person.call("GET", f"/api/tasks/{task}/")["title"] == "Butter"
        replay = at.made.start("replay", "snapshots", **over_dapr(at.beside_receiver, at.prefix))
        assert replay.ended() == 0, replay.tail
        at.becomes(task, "Butter")
        at.becomes(gone, None)
        at.made.finds_nothing()
