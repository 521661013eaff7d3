"""Run the database work of sockets in threads, not on the event loop."""

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

# Few, so that a thousand hellos at once do not open a thousand connections.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sockets-database")


async def in_database(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Run `function` in one of the database threads and return its result."""
    call = partial(_call_with_usable_connection, function, *args, **kwargs)
    # Provenance and other context variables belong to the call, whichever thread runs it.
    return await asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, call)


def _call_with_usable_connection(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    _close_unusable_connection()
    try:
        return function(*args, **kwargs)
    finally:
        _close_unusable_connection()


def _close_unusable_connection() -> None:
    """Close a connection that is broken or too old. On SQLite a healthy one stays open, which costs less."""
    if connection.vendor != "sqlite":
        close_old_connections()
    elif connection.errors_occurred:
        connection.close()
    else:
        drop_replaced_connection()
