"""The disk of the database dies under load: the last backup is restored, clients notice, nobody is reminded twice."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from devstack import Stack, temporary_stack
from devstack.ports import pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.load import Load
from todo_project.tests.platform.people import Person, Socket, register
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BUSY = 20
LATER = timedelta(seconds=12)


class Disk:
    """A platform in one process on a database that can be lost, and whose keys are kept elsewhere."""

    def __init__(self, folder: Path, stack: Stack | None) -> None:
        self.folder, self.stack = folder, stack
        self.environment = {"TODO_PORT": str(pick(1)[0]), "TODO_REGISTRATION": "open"}
        if stack is not None:
            self.environment["TODO_DATABASE_URL"] = stack.postgresql.url("todo")
        self.started: list[Running] = []

    def start(self) -> Running:
        log = self.folder / f"up-{len(self.started)}.log"
        self.started.append(Running(self.folder / "data", log, self.environment))
        return self.started[-1].becomes_ready()

    def dies(self) -> None:
        """Nothing of the database is left; the server of PostgreSQL goes on with an empty disk."""
        if self.stack is None:
            self.started[-1].role.kill()
            for path in (self.folder / "data").glob("todo.sqlite3*"):
                path.unlink()
            return
        self.stack.kill("postgresql")
        shutil.rmtree(self.stack.postgresql.data)
        self.started[-1].role.kill()
        self.stack.start("postgresql")

    def run(self, *arguments: str) -> str:
        done = run_manage(*arguments, environment=self.started[-1].environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "sqlite":
        yield from _on(tmp_path, None)
        return
    if not request.config.getoption("--soak"):
        pytest.skip("PostgreSQL's disk takes a minute: `make soak` loses it")
    require_services("postgresql")
    with temporary_stack("postgresql") as stack:
        yield from _on(tmp_path, stack)


def _on(folder: Path, stack: Stack | None) -> Iterator[Disk]:
    made = Disk(folder, stack)
    yield made
    for running in made.started:
        running.role.kill()


def _remind(person: Person, title: str, wait: timedelta) -> None:
    due = datetime.now(UTC) + wait
    body = {"title": title, "due_at": due.isoformat(), "reminders": [{"offset": "PT0S"}]}
    person.call("POST", "/api/tasks/", body, expect=201)


def _reminded_of(person: Person) -> list[str]:
    return sorted(each["title"] for each in person.call("GET", "/api/notifications/")["results"])


def _greeting(person: Person, running: Running, **stands_at: object) -> tuple[str, str]:
    """What a client that comes back is told first: the type of the frame, and the reason."""
    ticket = person.call("POST", "/api/ws-tickets/", expect=201)["ticket"]
    url = running.url.replace("http", "ws", 1) + "/ws/tasks/"
    with connect(url, open_timeout=PATIENCE, subprotocols=[Subprotocol("todo.v1")]) as connection:
        socket = Socket(connection)
        socket.say("hello", ticket=ticket, **stands_at)
        frame = socket.read(PATIENCE)
        return frame["type"], frame.get("reason", "")


def test_a_lost_disk_costs_what_came_after_the_backup_and_nobody_is_reminded_twice(disk: Disk) -> None:
    running, backup = disk.start(), str(disk.folder / "todo.tar.gz")
    person = register(running.url, "anna")
    _remind(person, "Before", timedelta(seconds=5))
    assert wait_until(lambda: _reminded_of(person) == ["Before"], seconds=PATIENCE)
    _remind(person, "After", LATER)
    with Load(person) as load:
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        kept = load.turn().confirmed
        disk.run("backup", backup)
        assert wait_until(lambda: len(load.posts.confirmed) >= BUSY, seconds=PATIENCE)
        seen = person.call("GET", "/api/changes/")
        disk.dies()
    assert "restored and proved" in disk.run("restore", backup)

    running = disk.start()
    stands_at = {"after": seen["sequence"], "epoch": seen["epoch"]}
    assert _greeting(person, running, **stands_at) == ("resync", "reset")
    assert person.send("GET", f"/api/changes/?epoch={seen['epoch']}").status_code == 410
    assert {person.send("GET", f"/api/tasks/{task}/").status_code for task in kept} == {200}
    with person.socket(running.url) as socket:
        made = person.call("POST", "/api/tasks/", {"title": "Life goes on"}, expect=201)
        socket.until_event(lambda event: event["task_id"] == made["id"])
    assert wait_until(lambda: "After" in _reminded_of(person), seconds=PATIENCE)
    disk.run("event_audit", "--wait", "30")
    disk.run("audit_verify")
    assert _reminded_of(person) == ["After", "Before"]
