"""The threads that answer requests: a fixed number, taken by the client addresses in turn."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from devstack.waiting import wait_until
from realtime_app.server.request_threads import RequestThreads

PATIENCE = 60.0


@pytest.fixture
def threads() -> Iterator[RequestThreads]:
    pool = RequestThreads(2)
    yield pool
    pool.close()


class Held:
    """Work that begins, is held, and ends when it is let go."""

    def __init__(self, pool: RequestThreads, network: str = "192.0.2.1") -> None:
        self.begun, self._let_go = threading.Event(), threading.Event()
        self.thread = 0
        pool.submit(network, self._run)

    def _run(self) -> None:
        self.thread = threading.get_ident()
        self.begun.set()
        assert self._let_go.wait(PATIENCE)

    def let_go(self) -> None:
        self._let_go.set()


def do(pool: RequestThreads, work: Callable[[], object], network: str = "192.0.2.1") -> None:
    """Submit work and wait until it is done."""
    done = threading.Event()

    def run() -> None:
        try:
            work()
        finally:
            done.set()

    pool.submit(network, run)
    assert done.wait(PATIENCE)


def test_more_than_the_threads_can_do_waits(threads: RequestThreads) -> None:
    first, second, third = Held(threads), Held(threads), Held(threads)
    assert first.begun.wait(PATIENCE)
    assert second.begun.wait(PATIENCE)
    assert not third.begun.is_set()
    first.let_go()
    assert third.begun.wait(PATIENCE)
    assert third.thread == first.thread != second.thread
    second.let_go()
    third.let_go()


def test_addresses_take_turns(threads: RequestThreads) -> None:
    held = Held(threads), Held(threads)
    assert all(each.begun.wait(PATIENCE) for each in held)
    order: list[str] = []
    done = threading.Semaphore(0)

    def note(name: str) -> None:
        order.append(name)
        done.release()

    for network, name in [*(("192.0.2.1", f"many {n}") for n in range(3)), ("192.0.2.2", "one")]:
        threads.submit(network, partial(note, name))
    held[0].let_go()  # one thread alone, so that there is an order
    assert all(done.acquire(timeout=PATIENCE) for _ in range(4))
    assert order == ["many 0", "one", "many 1", "many 2"]
    held[1].let_go()


def test_work_that_fails_ends_no_thread(threads: RequestThreads, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("on purpose")

    for _ in range(4):
        do(threads, fail)
    do(threads, lambda: None)
    assert wait_until(lambda: caplog.text.count("on purpose") >= 4, seconds=PATIENCE)


def test_after_the_end_no_thread_is_left() -> None:
    pool = RequestThreads(2, name="of this test")
    do(pool, lambda: None)
    held = Held(pool)
    assert held.begun.wait(PATIENCE)
    pool.close()
    held.let_go()
    assert wait_until(lambda: "of this test" not in {t.name for t in threading.enumerate()}, seconds=PATIENCE)


def open_connection() -> None:
    """Open this thread's connection to the database, unless it is open."""
    connection.ensure_connection()


@pytest.mark.django_db(transaction=True)
def test_ten_requests_open_one_connection(threads: RequestThreads) -> None:
    opened: list[str] = []

    def note(**_: object) -> None:
        opened.append(threading.current_thread().name)

    connection_created.connect(note)
    try:
        for _ in range(10):
            do(threads, open_connection)
    finally:
        connection_created.disconnect(note)
    assert 1 <= len(opened) <= 2
