"""A database for each platform under test, copied from one that was migrated once."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import psycopg2

from devstack import Stack
from devstack.locking import file_lock
from devstack.paths import REPOSITORY
from todo_project.tests.platform.environment import role_environment

Row = tuple[Any, ...]
# Rows are numbered as they come. No other unique key, on purpose: what is applied twice is there twice.
PROBE_TABLES = (
    "CREATE TABLE probe_effect (id {numbered}, consumer text NOT NULL, stream text NOT NULL, seq bigint NOT NULL)",
    "CREATE TABLE probe_order (stream text NOT NULL, seq bigint NOT NULL, does text NOT NULL)",
)


class Database(ABC):
    """One database, looked at without Django: what a test asserts does not come from what it tests."""

    url: str
    numbered: ClassVar[str]

    @abstractmethod
    def rows(self, statement: str, *params: object) -> list[Row]:
        """Run one statement in a transaction of its own; parameters are `%s`. Returns its rows, if it has any."""

    def value(self, statement: str, *params: object) -> Any:
        """The only column of the only row."""
        [(value,)] = self.rows(statement, *params)
        return value

    @abstractmethod
    def drop(self) -> None:
        """Remove it."""


class SQLite(Database):
    """A file."""

    numbered = "INTEGER PRIMARY KEY AUTOINCREMENT"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def rows(self, statement: str, *params: object) -> list[Row]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            return connection.execute(statement.replace("%s", "?"), params).fetchall()

    def drop(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


class PostgreSQL(Database):
    """A database of a stack's server."""

    numbered = "BIGSERIAL PRIMARY KEY"

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack, self.name = stack, name
        self.url = stack.postgresql.url(name)

    def rows(self, statement: str, *params: object) -> list[Row]:
        with closing(psycopg2.connect(self.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, params)
            return list(cursor.fetchall()) if cursor.description else []

    def drop(self) -> None:
        self.stack.drop_database(self.name)


def new_sqlite(folder: Path, templates: Path) -> SQLite:
    """A migrated database in `folder`; `templates` is a folder that all tests of a run share."""
    with file_lock(templates / "sqlite.lock"):
        template = templates / "template.sqlite3"
        if not template.exists():
            fresh = SQLite(templates / "fresh.sqlite3")
            _prepare(fresh)
            fresh.rows("PRAGMA wal_checkpoint(TRUNCATE)")
            fresh.path.rename(template)
    target = folder / "todo.sqlite3"
    shutil.copyfile(template, target)
    return SQLite(target)


def new_postgresql(stack: Stack) -> PostgreSQL:
    """A migrated database of `stack`; the one that it is copied from stays until the migrations change."""
    template = f"faults_template_{_fingerprint()}"
    name = f"faults_{uuid4().hex[:12]}"
    with file_lock(stack.home.directory / "locks" / "faults-template.lock"):
        if not _as_admin(stack, "SELECT 1 FROM pg_database WHERE datname = %s", template):
            for (old,) in _as_admin(
                stack, "SELECT datname FROM pg_database WHERE datname LIKE 'faults_template_%'"
            ):
                stack.drop_database(old)
            fresh = PostgreSQL(stack, f"{template}_fresh")
            stack.create_database(fresh.name)
            _prepare(fresh)
            _as_admin(stack, f"ALTER DATABASE {fresh.name} RENAME TO {template}")
        _as_admin(stack, f"CREATE DATABASE {name} TEMPLATE {template} OWNER todo")
    return PostgreSQL(stack, name)


def _prepare(database: Database) -> None:
    migrate = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v0"]
    environment = role_environment({"TODO_DATABASE_URL": database.url})
    subprocess.run(migrate, cwd=REPOSITORY, env=environment, check=True)
    for statement in PROBE_TABLES:
        database.rows(statement.format(numbered=database.numbered))


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(REPOSITORY.glob("*_app/migrations/*.py")):
        digest.update(path.read_bytes())
    digest.update(repr(PROBE_TABLES).encode())
    return digest.hexdigest()[:12]


def _as_admin(stack: Stack, statement: str, *params: object) -> list[Row]:
    connection = psycopg2.connect(stack.postgresql.url("postgres", admin=True))
    connection.autocommit = True  # databases are made and renamed outside transactions
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return list(cursor.fetchall()) if cursor.description else []
