"""Database work of sockets, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

from foundation.database.transactions import drop_replaced_connection

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Few, so that a thousand sockets that say hello at once do not open a thousand connections.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sockets-database")


async def in_database(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Run `function` in one of the socket role's database threads and return its result."""
    work = partial(copy_context().run, _with_tidy_connection, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _with_tidy_connection(work: Callable[[], _R]) -> _R:
    _tidy()
    try:
        return work()
    finally:
        _tidy()


def _tidy() -> None:
    """Close what is broken or too old; these few threads keep an SQLite file open, which costs less."""
    if connection.vendor != "sqlite":
        close_old_connections()
    elif connection.errors_occurred:
        connection.close()
    else:
        drop_replaced_connection()
