"""Whatever a handler does is a failure of one event: that event waits, and others do not."""

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from events_app.consumers.kernel import advance, advancing
from events_app.consumers.kernel.failures import store_failure
from events_app.models import Consumer, Cursor, DeadLetter, Stream
from events_app.operating.recovery import skip_event
from events_app.tests import recorders
from events_app.tests.consumers.test_advance import let_retries_come
from events_app.tests.recorders import MANY, ONE, SKIPPING, consumers_are, write_events

pytestmark = pytest.mark.django_db(transaction=True)


class Unreadable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def raise_unreadable() -> None:
    raise Unreadable


def raise_with_half_a_character() -> None:
    raise ValueError("half \ud800 of it and \0")


def raise_a_long_text() -> None:
    raise ValueError("x" * 1_000_000)


def leave_the_process() -> None:
    raise SystemExit(3)


def be_cancelled() -> None:
    raise CancelledError


def recurse() -> None:
    recurse()


def swallow_a_refusal() -> None:
    with suppress(DatabaseError):
        Consumer.objects.create(name="one")


def swallow_a_refusal_of_raw_sql() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")
    except DatabaseError:
        if connection.vendor == "sqlite":
            raise  # its transaction goes on after a failed statement


def undo_the_transaction() -> None:
    transaction.set_rollback(True)


def close_the_connection() -> None:
    connection.close()


def close_the_connection_and_go_on() -> None:
    connection.close()
    Stream.objects.count()


def use_a_closed_cursor() -> None:
    cursor = connection.cursor()
    cursor.close()
    cursor.execute("SELECT 1")


def write_too_large_an_index_entry() -> None:
    if connection.vendor == "sqlite":
        raise ValueError("SQLite has no such limit")
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(20_000))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS long_texts (t text UNIQUE)")
        cursor.execute("INSERT INTO long_texts VALUES (%s)", [noise])


DEEDS: list[Callable[[], None]] = [
    raise_unreadable,
    raise_with_half_a_character,
    raise_a_long_text,
    leave_the_process,
    be_cancelled,
    recurse,
    swallow_a_refusal,
    swallow_a_refusal_of_raw_sql,
    undo_the_transaction,
    close_the_connection,
    close_the_connection_and_go_on,
    use_a_closed_cursor,
    write_too_large_an_index_entry,
]


@pytest.fixture(autouse=True)
def _consumers() -> Iterator[None]:
    with consumers_are(ONE, MANY, SKIPPING):
        yield


@pytest.mark.parametrize("harm", DEEDS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("name", ["one", "many"])
@pytest.mark.parametrize("poisoned", [1, 3])
def test_any_fault_of_a_handler_is_a_failure_of_its_event_only(
    name: str, harm: Callable[[], None], poisoned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "act_at_poison", lambda _: harm())
    write_events(1, 5)
    if poisoned > 1:
        write_events(2, poisoned - 1)
    recorders.poison.add(poisoned)
    advance(name, {"user:1": 5, "user:2": 2})
    if poisoned > 1:
        assert Cursor.objects.get(consumer=name, stream__key="user:2").seq == poisoned - 1
    cursor = Cursor.objects.get(consumer=name, stream__key="user:1")
    assert (cursor.seq, cursor.attempts) == (poisoned - 1, 1)
    assert cursor.last_error
    recorders.poison.clear()
    let_retries_come()
    advance(name, {"user:1": 5})
    assert Cursor.objects.get(consumer=name, stream__key="user:1").seq == 5


class Counting:
    """Counts the event rows that the kernel fetches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        fetchall = CursorWrapper.__getattr__

        def counted(cursor: CursorWrapper, name: str) -> object:
            found = fetchall(cursor, name)
            if name != "fetchall":
                return found

            def fetch() -> list[tuple[object, ...]]:
                rows = list(found())
                self.rows += sum(len(row) == 14 for row in rows)  # the columns of an event
                return rows

            return fetch

        monkeypatch.setattr(CursorWrapper, "__getattr__", counted)


def test_skipping_a_poison_event_reads_it_and_not_the_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(1, 800)
    recorders.poison.add(1)
    advance("skipping", {"user:1": 800})
    log = Counting(monkeypatch)
    skip_event(Cursor.objects.get(consumer="skipping").pk)
    assert log.rows == 1
    assert Cursor.objects.get(consumer="skipping").seq == 1


def test_retrying_a_poison_event_reads_it_and_not_the_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(1, 800)
    recorders.poison.add(2)
    advance("skipping", {"user:1": 800})
    log = Counting(monkeypatch)
    let_retries_come()
    advance("skipping", {"user:1": 800})
    assert (log.rows, Cursor.objects.get(consumer="skipping").attempts) == (1, 2)
    let_retries_come()
    advance("skipping", {"user:1": 800})
    assert DeadLetter.objects.get().seq == 2
    assert Cursor.objects.get(consumer="skipping").seq == 800
    assert log.rows == 2 + 798


def test_a_stream_that_is_gone_when_its_failure_is_stored_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_events(1, 1)
    recorders.poison.add(1)

    def remove_first(*given: Any, **named: Any) -> None:
        Stream.objects.all().delete()
        store_failure(*given, **named)

    monkeypatch.setattr(advancing, "store_failure", remove_first)
    advance("one", {"user:1": 1})
    assert not Cursor.objects.exists()
