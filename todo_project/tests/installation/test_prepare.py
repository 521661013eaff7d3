"""`manage.py prepare`, as a process: any number at once, at any time, by any release."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from signal import SIGTERM
from uuid import uuid4

import psycopg2
import pytest
from django.test import override_settings

from accounts_app.credentials.encryption import decrypt_secret, encrypt_secret
from devstack import Stack
from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from todo_project.tests.platform.databases import PostgreSQL, new_sqlite
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.roles import Role, Stopwatch
from todo_project.tests.up.starting import run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NOWHERE = f"{LOOPBACK}:{pick(1)[0]}"
IN_TIME = 15.0
HELD = "another process prepares this database"


class Place:
    """A database without tables, and those who prepare it."""

    def __init__(self, folder: Path, url: str, **more: str) -> None:
        self.folder = folder
        self.environment = role_environment({"TODO_DATABASE_URL": url, "TODO_DATA_DIR": str(folder), **more})
        self.started: list[Role] = []

    def start(self, *arguments: str, **more: str) -> Role:
        """Start one, as the first process of its container."""
        log = self.folder / f"prepare-{len(self.started)}.log"
        environment = {**self.environment, **more}
        role = Role(["manage.py", "prepare", *arguments], environment=environment, log=log, is_first=True)
        self.started.append(role.may_end())
        return role

    def close(self) -> None:
        for role in self.started:
            role.kill()
            print(role.tail)  # noqa: T201 - pytest shows it when the test fails


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, f"sqlite:///{tmp_path / 'todo.sqlite3'}")
    yield made
    made.close()


@pytest.fixture
def migrated(place: Place, templates: Path) -> Place:
    """The same with the tables of this release; nobody has registered its consumers."""
    new_sqlite(place.folder, templates)
    return place


@pytest.fixture(scope="module")
def stack() -> Stack:
    return require_services("postgresql")


@pytest.fixture
def database(stack: Stack) -> Iterator[PostgreSQL]:
    """A database of PostgreSQL without tables."""
    name = f"prepare_{uuid4().hex[:12]}"
    stack.create_database(name)
    yield PostgreSQL(stack, name)
    stack.drop_database(name)


@pytest.fixture
def on_postgresql(tmp_path: Path, database: PostgreSQL) -> Iterator[Place]:
    made = Place(tmp_path, database.url)
    yield made
    made.close()


def contents(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return sha256("\n".join(connection.iterdump()).encode()).hexdigest()


def test_it_prepares_once_and_repeating_changes_nothing(place: Place) -> None:
    first = run_manage("prepare", "--topics", "--json", environment=place.environment)
    assert first.returncode == 0, first.stderr
    done = [json.loads(line) for line in first.stdout.splitlines()]
    assert done[0]["schema"] == "migrated"
    assert "events_app.0001_initial" in done[0]["applied"]
    assert {"audit", "recurrence"} <= set(done[1]["registered"])

    before = contents(place.folder / "todo.sqlite3")
    again = run_manage("prepare", environment=place.environment)
    assert (again.returncode, again.stdout) == (0, "the tables are those of this release\n"), again.stderr
    assert contents(place.folder / "todo.sqlite3") == before


def test_after_the_secret_key_was_replaced_it_encrypts_second_factors_anew(migrated: Place) -> None:
    place, old, new = migrated, "the old key that was good enough 0d1c9f", "the new key that is better 9b7e3a"
    with override_settings(SECRET_KEY=old, SECRET_KEY_FALLBACKS=[]):
        sealed = encrypt_secret("JBSWY3DP")
    with closing(sqlite3.connect(place.folder / "todo.sqlite3")) as connection, connection:
        connection.executemany(
            "INSERT INTO accounts_app_secondfactor (user_id, sealed_secret, created_at, last_step, wrong_codes)"
            " VALUES (?, ?, '2026-01-01', 0, 0)",
            [(1, sealed), (2, "encrypted under a key that is gone")],
        )
    environment = {**place.environment, "TODO_SECRET_KEY": new, "TODO_SECRET_KEY_FALLBACKS": old}
    done = run_manage("prepare", environment=environment)
    assert done.returncode == 0, done.stderr
    said = "second factors encrypted anew under the present secret key: 1; no known secret key opens: 1"
    assert done.stdout.splitlines()[-1] == said
    with closing(sqlite3.connect(place.folder / "todo.sqlite3")) as connection:
        [(renewed,), (left,)] = connection.execute(
            "SELECT sealed_secret FROM accounts_app_secondfactor ORDER BY id"
        )
    assert left == "encrypted under a key that is gone"
    with override_settings(SECRET_KEY=new, SECRET_KEY_FALLBACKS=[]):
        assert decrypt_secret(renewed) == "JBSWY3DP"


def test_a_release_that_is_older_than_the_tables_leaves_them_alone(migrated: Place) -> None:
    place = migrated
    assert run_manage("prepare", environment=place.environment).returncode == 0
    with closing(sqlite3.connect(place.folder / "todo.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('tasks_app', '9999_of_tomorrow', '2026-01-01')"
        )
    before = contents(place.folder / "todo.sqlite3")
    done = run_manage("prepare", environment=place.environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "newer release" in done.stdout
    assert contents(place.folder / "todo.sqlite3") == before


@contextmanager
def preparing_elsewhere(folder: Path) -> Iterator[None]:
    """What another process holds on SQLite while it prepares."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


def test_of_two_at_once_one_waits_for_the_other(migrated: Place) -> None:
    place = migrated
    with preparing_elsewhere(place.folder):
        both = [place.start().says(HELD) for _ in range(2)]
        hasty = run_manage("prepare", "--wait", "0", environment=place.environment)
        assert (hasty.returncode, hasty.stderr) == (1, f"todo: {HELD}\n")
    assert [role.ended() for role in both] == [0, 0]


@pytest.mark.services
def test_of_two_at_once_on_postgresql_one_waits_for_the_other(
    on_postgresql: Place, database: PostgreSQL
) -> None:
    key = int.from_bytes(sha256(b"schema").digest()[:8], signed=True)
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        both = [on_postgresql.start().says(HELD) for _ in range(2)]
    assert [role.ended() for role in both] == [0, 0]
    applied = [role for role in both if "migrations applied" in role.output]
    assert len(applied) == 1
    assert database.value("SELECT COUNT(*) FROM events_app_consumer") >= 5


@pytest.mark.services
def test_a_migration_waits_five_seconds_for_a_table_and_then_begins_again(
    on_postgresql: Place, database: PostgreSQL
) -> None:
    assert on_postgresql.start().ended() == 0
    # Without a limit of its own it would wait as long as the lock is held, and everybody behind it.
    endless = f"{database.url}&options=-c%20lock_timeout%3D0"
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        first = on_postgresql.start(TODO_DATABASE_URL=endless)
        first.says("Waiting: canceling statement due to lock timeout")
        second = on_postgresql.start(TODO_DATABASE_URL=endless).says("Waiting: ")
        first.signal(SIGTERM)
        watch = Stopwatch()
        assert first.ended() == 1
        assert watch.seconds < IN_TIME
    assert second.ended() == 0


def test_it_waits_for_a_database_that_is_not_there_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    place = Place(tmp_path, f"postgresql://todo@{NOWHERE}/todo")
    try:
        role = place.start().says("Waiting: ")
        watch = Stopwatch()
        role.signal(SIGTERM)
        assert role.ended() == 1
        assert watch.seconds < IN_TIME
        assert "todo: stopped before all was done" in role.output
        hasty = run_manage("prepare", "--wait", "0", environment=place.environment)
        assert (hasty.returncode, hasty.stderr.count("\n")) == (1, 1), hasty.stderr
        assert "python -m devstack up postgresql" in hasty.stderr
    finally:
        place.close()


def test_it_waits_for_a_broker_that_is_not_there(migrated: Place) -> None:
    kafka = {"TODO_EVENT_TRANSPORT": "kafka", "TODO_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}
    environment = {**migrated.environment, **kafka}
    assert run_manage("prepare", environment=environment).returncode == 0, "no topics are asked for"
    role = migrated.start("--topics", **kafka).says("python -m devstack up kafka")
    role.signal(SIGTERM)
    assert role.ended() == 1
    hasty = run_manage("prepare", "--topics", "--wait", "0", environment=environment)
    assert (hasty.returncode, hasty.stderr.count("\n")) == (1, 1), hasty.stderr
    assert "python -m devstack up kafka" in hasty.stderr


def test_a_wrong_wait_is_refused(place: Place) -> None:
    done = run_manage("prepare", "--wait", "-1", environment=place.environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
