"""An empty SQLite database gets from one file what all migrations would make of it, and every other one is migrated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections

from devstack.schema_file import SCHEMA_PATH, describe_database, render_schema_file
from foundation.database.migrations_state import installed_migrations, is_migrated
from todo_project.installation import schema_file
from todo_project.installation.schema_file import load_schema
from todo_project.up import preparation


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """The path of an empty SQLite database, which is the default one meanwhile."""
    configured, settings = connections["default"], connections.settings["default"]
    path = tmp_path / "todo.sqlite3"
    connections.settings["default"] = settings | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }
    connections["default"] = connections.create_connection("default")
    try:
        with django_db_blocker.unblock():
            yield path
    finally:
        connections["default"].close()
        connections["default"] = configured
        connections.settings["default"] = settings


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_file_says_what_all_migrations_make() -> None:
    assert SCHEMA_PATH.read_text() == render_schema_file(), "run `python -m devstack.schema_file`"


def test_an_empty_database_gets_all_of_the_file(database: Path) -> None:
    assert not is_migrated()
    assert load_schema()
    assert is_migrated()
    assert describe_database(database) == SCHEMA_PATH.read_text()


def test_a_start_needs_no_migration_then(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "call_command", lambda *_, **__: pytest.fail("migrated"))
    preparation.migrate()
    preparation.migrate()
    assert describe_database(database) == SCHEMA_PATH.read_text()


def test_what_is_newer_than_the_file_is_migrated(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[str] = []
    monkeypatch.setattr(preparation, "is_migrated", lambda: False)
    monkeypatch.setattr(preparation, "call_command", lambda name, **_: applied.append(name))
    preparation.migrate()
    assert applied == ["migrate"]
    assert describe_database(database) == SCHEMA_PATH.read_text()


def test_a_database_with_tables_is_left_as_it_is(database: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE somebody_s (id integer)")
    before = describe_database(database)
    assert not load_schema()
    assert describe_database(database) == before


def test_a_file_of_other_packages_is_not_used(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = installed_migrations() - {("auth", "0001_initial")}
    monkeypatch.setattr(schema_file, "installed_migrations", lambda: installed)
    assert not load_schema()
    assert connection.introspection.table_names() == []


def test_a_failure_half_way_leaves_the_database_empty(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.sql"
    broken.write_text(f"{SCHEMA_PATH.read_text()}CREATE TABLE auth_group (id integer);\n")
    monkeypatch.setattr(schema_file, "_FILE", broken)
    with pytest.raises(DatabaseError):
        load_schema()
    assert connection.introspection.table_names() == []
