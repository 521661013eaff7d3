"""The row that `writing` selects with the lock is the row that a read after the lock would find."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from devstack.waiting import wait_until
from events_app.log.write import writing
from events_app.models import Consumer, Stream
from foundation.database import sql

ASKING: sql.Statement = ("SELECT walked_to, name FROM events_app_consumer WHERE name = %s", ["one"])


def select_extra_row() -> sql.SqlRow:
    with writing(1, also_select=ASKING) as log:
        return log.extra


@contextmanager
def other_thread() -> Iterator[ThreadPoolExecutor]:
    """Yield a thread with its own database connection."""
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result()


def someone_waits() -> bool:
    return bool(sql.fetch("SELECT 1 FROM pg_locks WHERE NOT granted", []))


@pytest.mark.django_db
def test_the_answer_is_the_row_or_nulls() -> None:
    assert select_extra_row() == (None, None)
    Consumer.objects.create(name="one", walked_to=7)
    assert select_extra_row() == (7, "one")
    with writing(1):
        assert select_extra_row() == (7, "one")
    with writing(1) as log:
        assert log.extra == ()
    assert Stream.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_a_writer_that_waited_for_the_lock_reads_what_its_holder_committed() -> None:
    Consumer.objects.create(name="one", walked_to=1)
    select_extra_row()
    with other_thread() as pool:
        with writing(1):
            waiting = pool.submit(select_extra_row)
            assert wait_until(someone_waits, seconds=10)
            Consumer.objects.update(walked_to=2)
        assert waiting.result() == (2, "one")
