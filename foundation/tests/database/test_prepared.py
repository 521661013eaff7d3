"""Statements that PostgreSQL plans once for each connection."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import DataError, OperationalError, connection
from django.db.transaction import atomic
from pytest_django.fixtures import Settings

from foundation.database import sql
from foundation.database.prepared import MOST_TEXTS, USES_BEFORE, PreparedSql

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite compiles a statement each time"),
]


@pytest.fixture(autouse=True)
def new_session() -> None:
    """Begin with nothing prepared: the tests of one process share a connection."""
    sql.execute("DEALLOCATE ALL", [])
    connection.prepared_session = None  # type: ignore[attr-defined]


def prepared_texts() -> list[str]:
    """Return the statements that the server holds for this connection."""
    return [text for (text,) in sql.fetch("SELECT statement FROM pg_prepared_statements ORDER BY name", [])]


def times(count: int, run: Callable[[], object]) -> None:
    for _ in range(count):
        run()


def test_the_third_use_of_a_marked_text_prepares_it() -> None:
    text = PreparedSql("SELECT 1 + %s::integer")

    times(USES_BEFORE, lambda: sql.fetch(text, [1]))
    assert prepared_texts() == []

    times(3, lambda: sql.fetch(text, [1]))
    assert len(prepared_texts()) == 1


def test_a_text_without_the_mark_is_never_prepared() -> None:
    times(USES_BEFORE + 2, lambda: sql.fetch("SELECT 1 + %s::integer", [1]))
    assert prepared_texts() == []


def test_a_prepared_statement_gives_what_the_text_gives() -> None:
    moment = datetime(2030, 5, 4, 9, tzinfo=UTC)
    text = "SELECT %s::text, %s::bigint, %s::timestamptz, %s::bigint[], %s::boolean, 7 %% 4, 'a%%s'"
    params = ["it's 100 % $1 %s", None, moment, [1, 2], True]
    plain = sql.fetch(text, params)

    found = [sql.fetch(PreparedSql(text), params) for _ in range(USES_BEFORE + 3)]

    assert plain == [("it's 100 % $1 %s", None, moment, [1, 2], True, 3, "a%s")]
    assert found == [plain] * (USES_BEFORE + 3)
    assert len(prepared_texts()) == 1


def test_statements_of_one_message_are_prepared_each_for_itself() -> None:
    first, second = PreparedSql("SELECT %s::integer"), PreparedSql("SELECT %s::integer + 1")

    found = [sql.run_together([(first, [number]), (second, [number])]) for number in range(5)]

    assert found == [[(number + 1,)] for number in range(5)]
    assert len(prepared_texts()) == 2


def test_a_text_twice_in_one_message_is_prepared_once() -> None:
    text = PreparedSql("SELECT %s::integer")
    times(USES_BEFORE, lambda: sql.fetch(text, [1]))

    assert sql.run_together([(text, [1]), (text, [2])]) == [(2,)]

    assert len(prepared_texts()) == 1


def test_a_refused_statement_keeps_none_after_it_from_being_prepared() -> None:
    text = PreparedSql("SELECT 1 / %s::integer")
    times(USES_BEFORE, lambda: sql.fetch(text, [1]))
    for _ in range(2):
        with pytest.raises(DataError):
            run_in_savepoint(text, [0])

    assert sql.fetch(text, [1]) == [(1,)]
    assert sql.fetch(text, [1]) == [(1,)]


def run_in_savepoint(text: str, params: list[object]) -> None:
    with atomic():
        sql.fetch(text, params)


def test_a_column_of_another_type_is_met_by_preparing_anew() -> None:
    sql.execute("CREATE TEMPORARY TABLE prepared_of (value integer) ON COMMIT DROP", [])
    sql.execute("INSERT INTO prepared_of VALUES (1)", [])
    text = PreparedSql("SELECT value FROM prepared_of WHERE value >= %s")
    times(USES_BEFORE + 1, lambda: sql.fetch(text, [1]))
    sql.execute("ALTER TABLE prepared_of ALTER COLUMN value TYPE numeric(9, 2)", [])

    with pytest.raises(OperationalError, match="try again"):
        run_in_savepoint(text, [1])

    assert [str(value) for (value,) in sql.fetch(text, [1])] == ["1.00"]


def test_a_session_holds_a_bounded_number_of_them() -> None:
    for number in range(MOST_TEXTS + 20):
        times(USES_BEFORE + 1, partial(sql.fetch, PreparedSql(f"SELECT {number:d}"), []))

    assert len(prepared_texts()) == 20


def test_a_new_connection_has_prepared_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = PreparedSql("SELECT 1")
    times(USES_BEFORE + 1, lambda: sql.fetch(text, []))
    session = connection.prepared_session  # type: ignore[attr-defined]
    monkeypatch.setattr(session, "driver_connection", object())  # as if it had been another's

    times(USES_BEFORE, lambda: sql.fetch(text, []))

    assert len(prepared_texts()) == 1


def test_behind_a_pooler_nothing_is_prepared(settings: Settings) -> None:
    settings.DATABASE_PREPARE = False
    times(USES_BEFORE + 2, lambda: sql.fetch(PreparedSql("SELECT 1"), []))
    assert prepared_texts() == []
