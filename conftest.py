"""What the tests of every app share."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from audit_app import protection
from foundation.context import SYSTEM, use_provenance


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--soak`: outages of a minute instead of ten seconds (`make soak`); `--api-seed`: another one, or `fresh`."""
    parser.addoption("--soak", action="store_true", help="let services stay away for a minute each")
    parser.addoption(
        "--api-seed", default="20261", help="what the API's fuzzer draws from: a number, or `fresh`"
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let test databases be emptied between tests: the audit trail's triggers would refuse."""
    with django_db_blocker.unblock():
        protection.remove(connection)


@pytest.fixture(autouse=True)
def _nobody_acts_yet() -> Iterator[None]:
    """Begin each test as the system: an operation that signs somebody in leaves its actor where no request ends."""
    with use_provenance(SYSTEM):
        yield
