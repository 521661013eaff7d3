"""Connections to PostgreSQL that stay open between requests: how a dead one is noticed without asking each time."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_started
from django.db import connection

from devstack.waiting import wait_until
from foundation.database import transactions

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is no server"),
]


@pytest.fixture(autouse=True)
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep connections open between requests, and check them as a server does."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    # Django's test client connects Django's own receiver anew, behind ours; in a server ours is the last.
    request_started.disconnect(transactions.trust_living_connection)
    request_started.connect(transactions.trust_living_connection)
    connection.close()
    connection.ensure_connection()
    connection.used_at = float("-inf")  # type: ignore[attr-defined]
    yield
    connection.close()


def server_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_server_process(process: int) -> None:
    """End a session on the server, as a restart does; return once the client can see it."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    finally:
        other.close()
    descriptor = connection.connection.fileno()
    assert wait_until(lambda: transactions._has_something_to_read(descriptor), seconds=60)


def test_a_connection_that_the_server_has_closed_is_replaced() -> None:
    transactions.trust_living_connection()
    before = server_process()
    end_server_process(before)
    request_started.send(sender=None, environ={})
    assert server_process() != before


def test_only_the_first_request_and_one_after_a_pause_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    is_usable = connection.is_usable

    def note() -> bool:
        asked.append(True)
        return is_usable()

    monkeypatch.setattr(connection, "is_usable", note)
    for _ in range(3):
        request_started.send(sender=None, environ={})
        server_process()
    assert len(asked) == 1
    connection.used_at -= 31  # type: ignore[attr-defined]
    request_started.send(sender=None, environ={})
    server_process()
    assert len(asked) == 2
