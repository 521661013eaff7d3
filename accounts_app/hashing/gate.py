"""Bounds how many passwords one process hashes at a time.

A hash costs tens of milliseconds of a core and 19 MiB, and anybody may cause one. A few threads do nothing but hash.
Places bound how many requests may wait for them: a request that finds no place is answered 503 at once, before the
database is read or written.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Final, TypeVar

from django.conf import settings

from accounts_app.errors import HashingBusy
from foundation.counters import count

_T = TypeVar("_T")
PLACES: Final = 16
"""Fewer than the failed sign-ins that one address may have: an office that signs in at once meets no such limit."""
WAIT_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 1


class HashingGate:
    """Threads that hash, and places for the requests that wait for them; a request takes one place at most.

    Hashing has its own threads, since the C library keeps freed memory for the thread that freed it.
    """

    def __init__(self, *, threads: int, places: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self.threads, self.places = min(threads, places), places
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="hashing")
        self._free_places = threading.BoundedSemaphore(places)
        self._wait_seconds = wait_seconds
        self._of_thread = threading.local()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for the block; raise HashingBusy at once when all are taken."""
        if getattr(self._of_thread, "has_place", False):
            yield
            return
        if not self._free_places.acquire(blocking=False):
            raise _refusal()
        self._of_thread.has_place = True
        try:
            yield
        finally:
            self._of_thread.has_place = False
            self._free_places.release()

    def run(self, hash_password: Callable[[], _T]) -> _T:
        """Call the function in one of the threads and return its result; raise HashingBusy if none is free in time."""
        with self.place():
            hashing = self._pool.submit(hash_password)
            try:
                return hashing.result(timeout=self._wait_seconds)
            except TimeoutError:
                if hashing.cancel():
                    raise _refusal() from None
                return hashing.result()  # it has begun


class _Web:
    """Holds how many threads serve requests in this process; see `bound_by_threads`."""

    threads: int | None = None


def bound_by_threads(threads: int | None) -> None:
    """Bound the places so that a quarter of the `threads` that serve requests never waits for hashing.

    Call it before the first request. None: nobody has said; each request may have a thread.
    """
    _Web.threads = threads
    hashing_gate.cache_clear()


@cache
def hashing_gate() -> HashingGate:
    """Return the gate of this process, with `settings.HASHES_AT_ONCE` threads; 0: as many as it has cores."""
    threads = settings.HASHES_AT_ONCE or len(os.sched_getaffinity(0))
    return HashingGate(threads=threads, places=_places_among(_Web.threads))


def _places_among(threads: int | None) -> int:
    if threads is None:
        return PLACES
    return min(PLACES, max(1, threads - max(1, threads // 4)))


def _refusal() -> HashingBusy:
    count("hashing.refused")
    return HashingBusy(retry_after_seconds=_RETRY_SECONDS)
