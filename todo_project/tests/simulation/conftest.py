"""What tests of the simulator share."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from todo_project.simulation.database import Snapshot, empty_database


@pytest.fixture(scope="module")
def snapshot(django_db_blocker: DjangoDbBlocker) -> Iterator[Snapshot]:
    """Return an empty database in memory that every seed begins with."""
    with django_db_blocker.unblock(), empty_database() as empty:
        yield empty
