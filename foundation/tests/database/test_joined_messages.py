"""Transactions on PostgreSQL that take no messages of their own for BEGIN and COMMIT."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.transaction import atomic
from django.test import Client

from accounts_app.models import User
from foundation.database import sql
from foundation.database.sql import Statement
from foundation.database.transactions import is_database_trouble

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is no server to send messages to"),
]


@pytest.fixture(autouse=True)
def numbers() -> None:
    """Keep numbers in a table of this session."""
    sql.execute("CREATE TEMPORARY TABLE IF NOT EXISTS numbers (number integer UNIQUE)", [])
    sql.execute("DELETE FROM numbers", [])


def insertion(number: int) -> Statement:
    return "INSERT INTO numbers VALUES (%s)", [number]


def stored() -> list[int]:
    return [number for (number,) in sql.fetch("SELECT number FROM numbers ORDER BY number", [])]


class _Undo(Exception):
    """Ends a block of `undone`."""


@contextmanager
def undone() -> Iterator[None]:
    """Roll the transaction of the block back at its end."""
    with suppress(_Undo), atomic():
        yield
        raise _Undo


def last_message() -> str:
    """Return the last message of this thread's connection, as another connection sees it on the server."""
    driver_connection = connection.connection
    assert driver_connection is not None
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT query FROM pg_stat_activity WHERE pid = %s", [driver_connection.info.backend_pid]
            )
            [[text]] = cursor.fetchall()
    finally:
        other.close()
    return str(text)


def test_a_transaction_begins_in_the_message_of_its_first_statement() -> None:
    with atomic():
        sql.execute(*insertion(1))
        assert last_message() == "BEGIN; INSERT INTO numbers VALUES (1)"
        sql.execute(*insertion(2))
        assert last_message() == "INSERT INTO numbers VALUES (2)"
    assert last_message() == "COMMIT"
    assert stored() == [1, 2]


def test_postponed_statements_are_sent_in_the_message_of_the_commit() -> None:
    with atomic():
        sql.run_by_commit([insertion(1)])
        sql.run_by_commit([insertion(2), insertion(3)])
    assert last_message() == (
        "BEGIN; INSERT INTO numbers VALUES (1); INSERT INTO numbers VALUES (2);"
        " INSERT INTO numbers VALUES (3); COMMIT"
    )
    assert stored() == [1, 2, 3]


def test_a_transaction_without_statements_sends_nothing() -> None:
    sql.fetch("SELECT 5", [])
    with atomic():
        pass
    assert last_message() == "SELECT 5"


def test_a_statement_sees_what_was_postponed_before_it() -> None:
    with atomic():
        sql.run_by_commit([insertion(1)])
        assert stored() == [1]


def test_the_orm_takes_along_what_was_postponed() -> None:
    with atomic():
        sql.run_by_commit([insertion(1)])
        assert not User.objects.filter(username="100 %").exists()
        assert last_message().startswith("BEGIN; INSERT INTO numbers VALUES (1); SELECT")


def test_a_rollback_drops_what_was_postponed() -> None:
    with atomic():
        sql.execute(*insertion(1))
        sql.run_by_commit([insertion(2)])
        transaction.set_rollback(True)
    assert stored() == []


def test_a_savepoint_that_is_rolled_back_takes_only_its_own() -> None:
    with atomic():
        sql.run_by_commit([insertion(1)])
        with undone():
            sql.run_by_commit([insertion(2)])
        sql.run_by_commit([insertion(3)])
    assert stored() == [1, 3]


def test_a_savepoint_travels_with_the_statement_after_it() -> None:
    with atomic():
        sql.execute(*insertion(1))
        with atomic():
            sql.run_by_commit([insertion(2)])
        assert last_message().startswith('SAVEPOINT "s')
        assert (
            last_message().partition("; ")[2].startswith("INSERT INTO numbers VALUES (2); RELEASE SAVEPOINT")
        )
    assert stored() == [1, 2]


def test_savepoints_that_are_rolled_back_before_anything_was_sent_undo_only_what_followed_them() -> None:
    with atomic():
        sql.run_by_commit([insertion(1)])
        with undone():
            sql.run_by_commit([insertion(2)])
            with undone():
                sql.run_by_commit([insertion(3)])
            sql.run_by_commit([insertion(4)])
        with atomic(), undone():
            sql.execute(*insertion(5))
    assert stored() == [1]


def test_an_error_of_a_postponed_statement_is_raised_by_the_commit_and_undoes_all() -> None:
    committed: list[bool] = []

    def insert_twice() -> None:
        with atomic():
            transaction.on_commit(lambda: committed.append(True))
            sql.run_by_commit([insertion(1)])
            sql.run_by_commit([insertion(1)])

    with pytest.raises(IntegrityError):
        insert_twice()
    assert (stored(), committed) == ([], [])
    with atomic():
        sql.run_by_commit([insertion(1)])
    assert stored() == [1]


def test_an_error_of_a_postponed_statement_is_undone_with_its_savepoint() -> None:
    with atomic():
        sql.execute(*insertion(1))
        with pytest.raises(IntegrityError), atomic():
            sql.run_by_commit([insertion(1)])
        sql.execute(*insertion(2))
    assert stored() == [1, 2]


@pytest.mark.parametrize("text", ["SELEC 1", "SELECT 1; SELEC 1"])
def test_what_follows_a_message_that_the_server_could_not_read_is_in_a_transaction_all_the_same(
    text: str,
) -> None:
    with undone():
        with pytest.raises(DatabaseError):
            sql.execute(text, [])
        sql.execute(*insertion(1))
    assert stored() == []


def test_rows_are_read_piece_by_piece_inside_a_transaction() -> None:
    User.objects.bulk_create([User(username=f"person{number}") for number in range(5)])
    with atomic():
        sql.run_by_commit([insertion(1)])
        names = [user.username for user in User.objects.order_by("pk").iterator(chunk_size=2)]
    assert names == [f"person{number}" for number in range(5)]
    assert stored() == [1]


def test_copied_rows_and_repeated_statements_follow_what_was_postponed() -> None:
    with undone(), connection.cursor() as cursor:
        sql.run_by_commit([insertion(1)])
        cursor.copy_expert("COPY numbers FROM STDIN", StringIO("2\n"))
        sql.run_by_commit([insertion(3)])
        cursor.executemany("INSERT INTO numbers VALUES (%s)", [(4,), (5,)])
        assert stored() == [1, 2, 3, 4, 5]
    assert stored() == []


def test_outside_a_transaction_each_statement_is_one() -> None:
    sql.run_by_commit([insertion(1)])
    assert last_message() == "INSERT INTO numbers VALUES (1)"


def test_a_server_that_takes_no_writes_any_more_is_left() -> None:
    before = connection.connection
    sql.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", [])  # as on a server that was demoted
    with pytest.raises(OperationalError) as raised, atomic():
        User.objects.create(username="nobody")
    assert is_database_trouble(raised.value)
    assert User.objects.create(username="somebody").pk
    assert connection.connection is not before


def test_a_call_that_meets_such_a_server_is_to_come_again(client: Client) -> None:
    body = {"username": "ada", "password": "correct horse 9"}
    sql.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", [])
    refused = client.post("/api/auth/register/", body, content_type="application/json")
    assert (refused.status_code, refused.headers["Retry-After"].isdigit()) == (503, True)
    assert client.post("/api/auth/register/", body, content_type="application/json").status_code == 201
