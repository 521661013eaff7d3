"""A database file that is put in the place of another while the platform runs is the one that it goes on with."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from devstack.waiting import wait_until
from todo_project.tests.platform.people import Person, register
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def titles(person: Person) -> list[str]:
    answer = person.send("GET", "/api/tasks/")
    return sorted(task["title"] for task in answer.json()["results"]) if answer.status_code == 200 else []


def back_up(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)


def test_a_restored_file_is_noticed_by_requests_and_by_the_engine(start: Start, tmp_path: Path) -> None:
    running = start().becomes_ready()
    anna = register(running.url, "anna")
    database, copy = running.data_dir / "todo.sqlite3", running.data_dir / "copy"
    anna.call("POST", "/api/tasks/", {"title": "kept"}, expect=201)
    back_up(database, copy)
    anna.call("POST", "/api/tasks/", {"title": "made after the backup"}, expect=201)
    assert titles(anna) == ["kept", "made after the backup"]
    os.replace(copy, database)
    for name in ("todo.sqlite3-wal", "todo.sqlite3-shm"):
        (running.data_dir / name).unlink(missing_ok=True)

    assert wait_until(lambda: titles(anna) == ["kept"], seconds=PATIENCE)
    anna.call("POST", "/api/tasks/", {"title": "new"}, expect=201)
    assert titles(anna) == ["kept", "new"]
    audited = "SELECT COUNT(*) FROM audit_app_auditentry WHERE type = 'task.created'"
    assert wait_until(lambda: running.value(audited) == 2, seconds=PATIENCE)
