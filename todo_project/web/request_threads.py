"""The threads in which ASGI requests run, kept from one request to the next.

Django's handler gives each request a thread of its own, which ends with it: every connection to the database is
opened for one request and closed again. Here a request gets a thread that rests, with its connection.
"""

from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.core.handlers.asgi import ASGIHandler
from django.db import connections

KEPT_THREADS = 8


class RequestThreads:
    """As many threads as requests at a time, of which KEPT_THREADS rest; one that rested last is taken first."""

    def __init__(self, kept: int = KEPT_THREADS) -> None:
        self._kept = kept
        self._resting: deque[ThreadPoolExecutor] = deque()
        self._is_closed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Let all synchronous code of the block run in one thread that no other block uses meanwhile."""
        thread = self._take()
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        finally:
            self._return_thread(thread)

    def close(self) -> None:
        """End the threads that rest, with their connections; those at work end after it."""
        self._is_closed = True
        while self._resting:
            _end(self._resting.pop())

    def _take(self) -> ThreadPoolExecutor:
        try:
            return self._resting.pop()
        except IndexError:
            return ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")

    def _return_thread(self, thread: ThreadPoolExecutor) -> None:
        if self._is_closed or len(self._resting) >= self._kept:
            _end(thread)
        else:
            self._resting.append(thread)


def _end(thread: ThreadPoolExecutor) -> None:
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)


request_threads = RequestThreads()


class KeptThreadsHandler(ASGIHandler):
    """Django's handler of HTTP requests, in threads that are kept."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        async with request_threads.one():
            await self.handle(scope, receive, send)
