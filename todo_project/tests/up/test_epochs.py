"""A data folder that was restored, copied or cut off gets a new epoch; one that is what it was keeps its own."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from todo_project.tests.platform.people import Person, Socket, register
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running, Start, installation, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EPOCH = "SELECT value FROM events_app_epoch"
_numbers = count(1)


class Client:
    """Somebody with a client that remembers how far it is, across restarts of the platform."""

    def __init__(self, running: Running) -> None:
        self.person = register(running.url, f"ada{next(_numbers)}")
        self.sequence, self.epoch = 0, ""

    def at(self, running: Running) -> "Client":
        self.person = Person(running.url, self.person.id, self.person.access)
        return self

    def add_tasks(self, count: int) -> None:
        for number in range(count):
            self.person.call("POST", "/api/tasks/", {"title": f"Task {number}"}, expect=201)

    def follow(self) -> None:
        """Take in what there is, and remember where that was."""
        told = self.person.call("GET", "/api/changes/")
        self.sequence, self.epoch = told["sequence"], told["epoch"]

    def comes_back(self) -> dict[str, Any]:
        """Say hello where it stands; return what is answered."""
        ticket = self.person.call("POST", "/api/ws-tickets/", expect=201)["ticket"]
        url = self.person.url.replace("http", "ws", 1) + "/ws/tasks/"
        with connect(url, open_timeout=PATIENCE, subprotocols=[Subprotocol("todo.v1")]) as connection:
            socket = Socket(connection)
            socket.say("hello", ticket=ticket, after=self.sequence, epoch=self.epoch)
            return socket.read(PATIENCE)


@pytest.fixture(scope="module")
def left_running() -> list[Running]:
    """At most one platform, which a test leaves to the next: a start takes longer than most of what is done to it."""
    return []


@pytest.fixture
def first(start: Start, left_running: list[Running]) -> Running:
    """A platform that runs: the one that was left, or else a new one."""
    return left_running.pop() if left_running else start().becomes_ready()


def database(folder: Path) -> Path:
    return folder / "todo.sqlite3"


def note(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "todo.sqlite3.epoch").read_text())
    return told


def epoch(folder: Path) -> str:
    with closing(sqlite3.connect(database(folder))) as connection:
        return str(connection.execute(EPOCH).fetchone()[0])


def back_up(folder: Path) -> Path:
    """Copy the database, running or not, as SQLite does; return where."""
    copy = folder.with_name("backup.sqlite3")
    with closing(sqlite3.connect(database(folder))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_back(copy: Path, folder: Path) -> None:
    """Copy a backup over the database, which nobody uses now."""
    for suffix in ("-wal", "-shm"):
        database(folder).with_name(f"todo.sqlite3{suffix}").unlink(missing_ok=True)
    shutil.copyfile(copy, database(folder))


def stop(running: Running) -> None:
    assert running.role.stop() == 0


def kill(running: Running) -> None:
    running.role.kill()


def doctor(folder: Path) -> dict[str, Any]:
    done = run_manage("doctor", "--json", environment=installation(folder))
    found: dict[str, Any] = next(
        finding for finding in map(json.loads, done.stdout.splitlines()) if finding["name"] == "epoch"
    )
    return found


def test_a_first_start_says_nothing_of_epochs_and_a_second_keeps_it(
    start: Start, left_running: list[Running]
) -> None:
    fresh = start().becomes_ready()
    assert "epoch" not in fresh.role.output
    begun = epoch(fresh.data_dir)
    assert doctor(fresh.data_dir)["level"] == "OK"
    stop(fresh)
    second = start(fresh.data_dir).becomes_ready()
    assert epoch(fresh.data_dir) == begun
    for other in left_running:
        stop(other)
    left_running[:] = [second]


@pytest.mark.parametrize("end", [stop, kill])
def test_a_backup_put_back_under_a_client_that_is_ahead_resets_it(
    start: Start, first: Running, left_running: list[Running], end: Callable[[Running], None]
) -> None:
    client, folder = Client(first), first.data_dir
    client.add_tasks(3)
    copy = back_up(folder)
    client.add_tasks(4)
    client.follow()
    head = client.sequence
    end(first)
    put_back(copy, folder)

    second = start(folder).becomes_ready()
    assert "clients load everything once: the database is an older or newer copy" in second.role.output
    client.at(second).add_tasks(6)
    assert client.person.call("GET", "/api/changes/")["sequence"] > head
    assert client.comes_back() == {"type": "resync", "reason": "reset"}
    gone = client.person.call(
        "GET", f"/api/changes/?after={client.sequence}&epoch={client.epoch}", expect=410
    )
    assert gone["code"] == "reset"
    client.follow()
    assert client.comes_back()["type"] == "ready"
    left_running.append(second)


def test_a_copied_folder_is_another_history_and_the_original_stays_the_same(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    client, folder = Client(first), first.data_dir
    client.add_tasks(2)
    client.follow()
    stop(first)
    copy = folder.with_name("copy")
    subprocess.run(["cp", "-a", folder, copy], check=True)

    copied = start(copy).becomes_ready()
    assert "the database was copied or restored together with the note beside it" in copied.role.output
    assert client.at(copied).comes_back() == {"type": "resync", "reason": "reset"}
    original = start(folder).becomes_ready()
    assert "A new epoch" not in original.role.output
    assert client.at(original).comes_back()["type"] == "ready"
    stop(copied)
    left_running.append(original)


def test_a_folder_rolled_back_in_place_is_another_history(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    client, folder = Client(first), first.data_dir
    stop(first)
    copy = folder.with_name("rolled-back")
    subprocess.run(["cp", "-a", folder, copy], check=True)
    second = start(folder).becomes_ready()
    client.at(second).add_tasks(3)
    client.follow()
    stop(second)
    subprocess.run(["cp", "-a", f"{copy}/.", folder], check=True)

    third = start(folder).becomes_ready()
    client.at(third).add_tasks(5)
    assert client.comes_back() == {"type": "resync", "reason": "reset"}
    left_running.append(third)


def test_a_folder_that_is_what_it_was_keeps_its_epoch(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    """Through a clean stop, a kill, a move, and a write by another process between."""
    client, folder = Client(first), first.data_dir
    client.add_tasks(1)
    client.follow()
    stop(first)
    assert note(folder)["boot"] is None
    made = run_manage("demo", "--help", environment=installation(folder))
    assert made.returncode == 0
    moved = folder.with_name("moved")
    folder.rename(moved)

    running = start(moved).becomes_ready()
    client.at(running).add_tasks(1)
    kill(running)
    running = start(moved).becomes_ready()
    assert "A new epoch" not in running.role.output
    assert epoch(moved) == note(moved)["epoch"] == client.epoch
    answer = client.at(running).comes_back()
    assert (answer["type"], answer["epoch"]) == ("ready", client.epoch)
    left_running.append(running)


def cut_off(folder: Path) -> None:
    """Make the note say what it says after the machine lost power: another boot, and no clean stop."""
    path = folder / "todo.sqlite3.epoch"
    path.write_text(json.dumps({**note(folder), "boot": "00000000-0000-4000-8000-000000000000"}))


def test_a_power_failure_under_a_running_platform_is_another_history_and_doctor_says_so(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    client, folder = Client(first), first.data_dir
    client.add_tasks(2)
    client.follow()
    kill(first)
    cut_off(folder)
    assert (doctor(folder)["level"], "may be lost" in doctor(folder)["detail"]) == ("WARN", True)

    second = start(folder).becomes_ready()
    assert "the last commits may be lost" in second.role.output
    assert client.at(second).comes_back() == {"type": "resync", "reason": "reset"}
    assert (doctor(folder)["level"], "may be lost" in doctor(folder)["detail"]) == ("WARN", True)
    assert run_manage("new_epoch", environment=second.environment).returncode == 0
    assert doctor(folder)["level"] == "OK"
    left_running.append(second)


def test_with_full_synchronous_a_power_failure_takes_nothing(start: Start) -> None:
    first = start(TODO_SQLITE_SYNCHRONOUS="full").becomes_ready()
    client, folder = Client(first), first.data_dir
    client.follow()
    kill(first)
    cut_off(folder)
    second = start(folder, TODO_SQLITE_SYNCHRONOUS="full").becomes_ready()
    assert client.at(second).comes_back()["type"] == "ready"
    stop(second)


def test_without_a_note_that_can_be_read_a_new_epoch_begins(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    client, folder = Client(first), first.data_dir
    client.add_tasks(1)
    client.follow()
    stop(first)
    (folder / "todo.sqlite3.epoch").write_bytes(b'{"epoch": 1')
    second = start(folder).becomes_ready()
    assert "no note lies beside the database" in second.role.output
    assert client.at(second).comes_back() == {"type": "resync", "reason": "reset"}
    left_running.append(second)


def test_new_epoch_under_a_running_platform_resets_open_sockets(
    start: Start, first: Running, left_running: list[Running]
) -> None:
    client, folder = Client(first), first.data_dir
    client.add_tasks(2)
    client.follow()
    with client.person.socket(first.url, after=client.sequence, epoch=client.epoch) as socket:
        done = run_manage("new_epoch", "--json", environment=first.environment)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["previous"] == client.epoch != told["epoch"] == epoch(folder) == note(folder)["epoch"]
        reset = socket.until(lambda frame: frame["type"] == "resync")
        assert reset["reason"] == "reset"
    assert doctor(folder)["level"] == "OK"
    client.follow()
    kill(first)
    again = start(folder).becomes_ready()  # nothing is left to be doubted
    assert client.at(again).comes_back()["type"] == "ready"
    left_running.append(again)


def test_a_note_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run_manage("prepare", environment=installation(folder)).returncode == 0
    folder.mkdir(exist_ok=True)
    (folder / "todo.sqlite3.epoch.new").mkdir()
    done = run_manage("up", environment=installation(folder))
    assert done.returncode == 2
    assert "todo.sqlite3.epoch.new cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
