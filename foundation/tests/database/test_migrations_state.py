"""Whether migrations are missing is told by their names; only where those do not tell, the migrations are asked."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from foundation.database import migrations_state
from foundation.database.migrations_state import applied_migrations, installed_migrations, is_migrated

pytestmark = pytest.mark.django_db
ONE = ("tasks_app", "0001_initial")


def test_the_names_of_all_apps_are_found() -> None:
    assert {ONE, ("auth", "0001_initial"), ("django_celery_beat", "0001_initial")} <= installed_migrations()
    assert installed_migrations() == applied_migrations()


def test_no_migration_is_imported_when_all_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations_state, "MigrationExecutor", lambda *_: pytest.fail("imported"))
    assert is_migrated()


def test_one_that_is_missing_is_noticed() -> None:
    MigrationRecorder(connection).record_unapplied("accounts_app", "0016_lockouts")
    assert not is_migrated()


def test_a_newer_schema_is_no_missing_migration() -> None:
    MigrationRecorder(connection).record_applied("tasks_app", "9999_of_tomorrow")
    assert is_migrated()


def test_one_that_stands_for_applied_ones_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an update of a package that has squashed its migrations: the database does not have the new name."""

    class Planned:
        def __init__(self, _: object) -> None:
            self.loader: Any = self
            self.graph: Any = self

        def leaf_nodes(self) -> list[Any]:
            return [ONE]

        def migration_plan(self, _: list[Any]) -> list[Any]:
            return []

    names = installed_migrations() | {("auth", "0001_squashed_0012")}
    monkeypatch.setattr(migrations_state, "installed_migrations", lambda: names)
    monkeypatch.setattr(migrations_state, "MigrationExecutor", Planned)
    assert is_migrated()
