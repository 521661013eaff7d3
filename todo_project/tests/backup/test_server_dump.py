"""A dump that PostgreSQL's own programs made and restored is whole, with the triggers that protect the trail."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from accounts_app.tests.factories import make_user
from devstack import Stack
from devstack.postgresql.place import server_programs
from devstack.testing import require_services
from tasks_app.tests.helpers import make_task
from todo_project.backup.saving import save_backup
from todo_project.tests.erasure.belongings import run_consumers
from todo_project.tests.platform.environment import SECRET_KEY, role_environment
from todo_project.tests.up.starting import run_manage

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]

# What lags while no role runs, and nothing that is broken.
NOT_PUBLISHED = 3


@pytest.fixture
def new_database() -> Iterator[Callable[[], str]]:
    """Makes an empty database of the server and returns its URL."""
    stack, names = require_services("postgresql"), list[str]()

    def make() -> str:
        names.append(f"dump_{uuid4().hex[:12]}")
        return stack.create_database(names[-1])

    yield make
    _drop(stack, names)


def _drop(stack: Stack, names: list[str]) -> None:
    for name in names:
        stack.drop_database(name)


def test_it_goes_on_with_a_new_epoch_and_every_promise_holds(
    new_database: Callable[[], str], tmp_path: Path, settings: Settings
) -> None:
    settings.AUDIT_KEYS = (f"1:{SECRET_KEY}",)  # as every process of `role_environment`
    make_task(make_user(), "Water the plants", due="2030-05-04T09:00", reminders=["30m"], tags=("home",))
    run_consumers()
    backup, dump = tmp_path / "backup.tar.gz", tmp_path / "backup.dump"
    with backup.open("wb") as stream:
        save_backup(stream)

    first, second = new_database(), new_database()
    restored = _manage(first, "restore", str(backup))
    _run("pg_dump", "--format", "custom", "--file", str(dump), "--dbname", first)
    _run("pg_restore", "--clean", "--if-exists", "--exit-on-error", "--dbname", second, str(dump))
    assert _content_of(second, tmp_path) == _content_of(first, tmp_path)

    before = _manage(second, "new_epoch").strip().rpartition("before: ")[2]
    assert f"epoch {before}, before: " in restored
    _manage(second, "event_audit", endings=(0, NOT_PUBLISHED))
    assert "1 trails" in _manage(second, "audit_verify")


def _run(program: str, *arguments: str) -> None:
    folder = server_programs()
    assert folder is not None
    subprocess.run([folder / program, *arguments], check=True, timeout=60)


def _manage(database: str, *words: str, endings: Sequence[int] = (0,)) -> str:
    done = run_manage(*words, environment=role_environment({"TODO_DATABASE_URL": database}))
    assert done.returncode in endings, done.stdout + done.stderr
    return done.stdout


def _content_of(database: str, folder: Path) -> str:
    """The hash over all rows, which `backup` prints."""
    return _manage(database, "backup", str(folder / "again.tar.gz")).rpartition("content ")[2]
