"""Database work of sockets, off the event loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")

# Few, so that a thousand sockets that say hello at once do not open a thousand connections.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sockets-database")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` in one of the socket role's database threads and return its result."""
    call: Any = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: R = await call(*args, **kwargs)
    return result
