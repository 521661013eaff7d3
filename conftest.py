"""What the tests of every app share."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from audit_app import protection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let test databases be emptied between tests: the audit trail's triggers would refuse."""
    with django_db_blocker.unblock():
        protection.remove(connection)
