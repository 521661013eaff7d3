"""Threads for requests under ASGI, reused from one request to the next.

Django's handler starts a thread for each request and ends it afterwards, so each request opens and closes a database
connection. Here a request takes an idle thread, whose database connection is still open.
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
    """One thread for each running request, and at most KEPT_THREADS idle ones; the last used is taken first."""

    def __init__(self, kept: int = KEPT_THREADS) -> None:
        self._kept = kept
        self._idle: deque[ThreadPoolExecutor] = deque()
        self._is_closed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Run all synchronous code of the block in one thread that no other block uses meanwhile."""
        thread = self._take()
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        finally:
            self._return_thread(thread)

    def close(self) -> None:
        """End the idle threads and close their connections; busy threads end when their request is done."""
        self._is_closed = True
        while self._idle:
            _end(self._idle.pop())

    def _take(self) -> ThreadPoolExecutor:
        try:
            return self._idle.pop()
        except IndexError:
            return ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")

    def _return_thread(self, thread: ThreadPoolExecutor) -> None:
        if self._is_closed or len(self._idle) >= self._kept:
            _end(thread)
        else:
            self._idle.append(thread)


def _end(thread: ThreadPoolExecutor) -> None:
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)


request_threads = RequestThreads()


class KeptThreadsHandler(ASGIHandler):
    """Django's handler of HTTP requests, run in reused threads."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        async with request_threads.one():
            await self.handle(scope, receive, send)
