"""Reads of the log that a user's sockets share: after a push that was lost, all of them miss the same events."""

import asyncio
from dataclasses import dataclass

from realtime_app.queries import read_log
from realtime_app.sockets.database import in_database
from realtime_app.sockets.exchange import Bounds, LogRange

_Key = tuple[int, int]
_Answer = tuple[LogRange, Bounds]


@dataclass
class _Read:
    """A read that has not begun, if it is among those that wait."""

    limit: int
    answer: "asyncio.Task[_Answer]"


class SharedReads:
    """The reads of one process. A read is for all who asked before it began: it sees what they knew of.

    Who asks later may know of an event that the read does not see any more, and gets a read of their own.
    """

    def __init__(self) -> None:
        self._waiting: dict[_Key, _Read] = {}

    async def read(self, user_id: int, *, after: int, limit: int) -> _Answer:
        """Return what `read_log` returns; of more events than `limit` if somebody else has asked for more.

        Runs on the event loop. Raises the database's error, to all who share the read.
        """
        key = (user_id, after)
        read = self._waiting.get(key)
        if read is None:
            # The task begins when all who were woken together have asked.
            read = self._waiting[key] = _Read(limit, asyncio.create_task(self._run(key)))
        read.limit = max(read.limit, limit)
        # Who goes away does not end the read of the others.
        return await asyncio.shield(read.answer)

    async def _run(self, key: _Key) -> _Answer:
        read = self._waiting[key]
        try:
            return await in_database(self._begin, key)
        finally:
            if self._waiting.get(key) is read:  # it could not begin
                del self._waiting[key]

    def _begin(self, key: _Key) -> _Answer:
        user_id, after = key
        # Removed first, in the database's thread: nobody joins from here on.
        limit = self._waiting.pop(key).limit
        return read_log(user_id, after=after, limit=limit)
