"""Reads that sockets share, with a log and database threads of the test's own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import OperationalError

from realtime_app.sockets import shared_reads as module
from realtime_app.sockets.exchange import Bounds, LogRange
from realtime_app.sockets.shared_reads import SharedReads


@dataclass
class Log:
    """A log whose reads end when they may; `begun` lists them as (user, after, limit)."""

    head: int = 5
    begun: list[tuple[int, int, int]] = field(default_factory=list)
    error: Exception | None = None
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def in_database(self, function: Callable[..., Any], *args: Any) -> Any:
        if self.error is not None:
            raise self.error
        answer = function(*args)
        await self.may_end.wait()
        return answer

    def read_log(self, user_id: int, *, after: int, limit: int) -> tuple[LogRange, Bounds]:
        self.begun.append((user_id, after, limit))
        return LogRange(after, self.head, ()), Bounds(self.head, 0, "e")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()
    monkeypatch.setattr(module, "in_database", made.in_database)
    monkeypatch.setattr(module, "read_log", made.read_log)
    return made


async def ask(reads: SharedReads, *asked: tuple[int, int, int]) -> list["asyncio.Task[Any]"]:
    """Ask for (user, after, limit) together; return when what they share has begun."""
    tasks = [
        asyncio.create_task(reads.read(user_id, after=after, limit=limit)) for user_id, after, limit in asked
    ]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_those_who_ask_together_share_one_read_of_as_much_as_any_of_them_wants(log: Log) -> None:
    async def scene() -> None:
        asked = await ask(SharedReads(), (7, 2, 64), (7, 2, 10), (7, 2, 64))
        log.may_end.set()
        answers = await asyncio.gather(*asked)
        assert log.begun == [(7, 2, 64)]
        assert {part.to for part, _ in answers} == {5}

    asyncio.run(scene())


def test_other_users_and_positions_are_read_by_themselves(log: Log) -> None:
    async def scene() -> None:
        await ask(SharedReads(), (7, 2, 64), (8, 2, 64), (7, 3, 64))
        assert log.begun == [(7, 2, 64), (8, 2, 64), (7, 3, 64)]

    asyncio.run(scene())


def test_who_asks_after_a_read_has_begun_sees_what_was_written_since(log: Log) -> None:
    async def scene() -> None:
        reads = SharedReads()
        [early] = await ask(reads, (7, 2, 64))
        log.head = 6
        [late] = await ask(reads, (7, 2, 64))
        log.may_end.set()
        assert [(await each)[1].head for each in (early, late)] == [5, 6]

    asyncio.run(scene())


def test_an_error_is_raised_to_all_and_the_next_ask_reads_again(log: Log) -> None:
    async def scene() -> None:
        reads = SharedReads()
        log.error = OperationalError("gone")
        failed = await ask(reads, (7, 2, 64), (7, 2, 64))
        for each in failed:
            with pytest.raises(OperationalError):
                await each
        log.error = None
        log.may_end.set()
        [again] = await ask(reads, (7, 2, 64))
        assert (await again)[1].head == 5

    asyncio.run(scene())


def test_who_goes_away_does_not_end_the_read_of_the_others(log: Log) -> None:
    async def scene() -> None:
        leaving, staying = await ask(SharedReads(), (7, 2, 64), (7, 2, 64))
        leaving.cancel()
        log.may_end.set()
        assert (await staying)[0].to == 5
        assert len(log.begun) == 1

    asyncio.run(scene())
