"""Requests over ASGI share threads, and with them connections to the database."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connection, connections
from django.db.backends.signals import connection_created

from todo_project.web.request_threads import KeptThreadsHandler, RequestThreads, request_threads


@pytest.fixture
def threads() -> Iterator[RequestThreads]:
    pool = RequestThreads(kept=2)
    yield pool
    pool.close()


async def thread_of(pool: RequestThreads, *, meet: asyncio.Event | None = None) -> int:
    async with pool.one():
        name = await sync_to_async(threading.get_ident)()
        again = await sync_to_async(threading.get_ident)()
        assert again == name
        if meet is not None:
            await meet.wait()
    return name


def test_one_request_after_the_other_runs_in_the_same_thread(threads: RequestThreads) -> None:
    async def three() -> set[int]:
        return {await thread_of(threads) for _ in range(3)}

    assert len(asyncio.run(three())) == 1


def test_requests_at_a_time_have_threads_of_their_own_and_few_are_kept(threads: RequestThreads) -> None:
    async def five() -> set[int]:
        meet = asyncio.Event()
        running = [asyncio.create_task(thread_of(threads, meet=meet)) for _ in range(5)]
        await asyncio.sleep(0)
        meet.set()
        return set(await asyncio.gather(*running))

    assert len(asyncio.run(five())) == 5
    assert len(threads._idle) == 2


def test_a_request_that_fails_gives_its_thread_back(threads: RequestThreads) -> None:
    async def fail() -> None:
        async with threads.one():
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        asyncio.run(fail())
    assert len(threads._idle) == 1


def test_after_the_end_no_thread_is_kept(threads: RequestThreads) -> None:
    asyncio.run(thread_of(threads))
    threads.close()
    assert not threads._idle
    asyncio.run(thread_of(threads))
    assert not threads._idle


@pytest.mark.django_db(transaction=True)
def test_ten_requests_open_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    opened: list[str] = []

    def note(**_: object) -> None:
        opened.append(threading.current_thread().name)

    connection_created.connect(note)
    try:
        statuses = asyncio.run(_ask_ten_times())
    finally:
        connection_created.disconnect(note)
        request_threads._idle[-1].submit(connections.close_all).result()
    assert statuses == [200] * 10
    assert len(opened) == 1


async def _ask_ten_times() -> list[int]:
    handler = KeptThreadsHandler()
    return [await _status(handler) for _ in range(10)]


async def _status(handler: Any) -> int:
    scope = {
        "type": "http", "method": "GET", "path": "/startupz", "query_string": b"", "headers": [(b"host", b"localhost")],
        "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    communicator: Any = ApplicationCommunicator
    talk = communicator(handler, scope)
    await talk.send_input({"type": "http.request", "body": b""})
    status = int((await talk.receive_output(20))["status"])
    while (await talk.receive_output(20)).get("more_body"):
        pass
    await talk.wait(20)
    return status
