"""The threads that call the WSGI application: a fixed number, whatever arrives.

Each has its own connection to the database, which stays open from one request to the next.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from django.db import connections

from events_app.runtime.courtesy import answering
from foundation.counters import count

logger = logging.getLogger(__name__)

_Work = Callable[[], None]


class RequestThreads:
    """Runs what is submitted in at most `most` threads, which start when they are needed.

    What waits for a thread is taken from the client addresses in turn, so that one with many requests does not make
    the others wait for all of them.
    """

    def __init__(self, most: int, *, name: str = "request") -> None:
        self._most, self._name = most, name
        self._waiting: OrderedDict[str, deque[_Work]] = OrderedDict()
        self._has_work = threading.Condition()
        self._threads = self._idle = 0
        self._is_closed = False

    def submit(self, network: str, work: _Work) -> None:
        """Run `work` in a thread as soon as one is free; `network` is the address for which it is done."""
        with self._has_work:
            self._waiting.setdefault(network, deque()).append(work)
            if self._idle >= len(self._waiting):
                self._has_work.notify()
            elif self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()

    def close(self) -> None:
        """End the idle threads and close their connections; a busy one ends when its work is done."""
        with self._has_work:
            self._is_closed = True
            self._has_work.notify_all()

    def _serve(self) -> None:
        try:
            while (work := self._next()) is not None:
                self._run(work)
        finally:
            connections.close_all()

    def _run(self, work: _Work) -> None:
        try:
            with answering():
                work()
        except Exception:  # the thread goes on with the next request
            count("http.threads_failed")
            logger.exception("A request failed outside of Django")

    def _next(self) -> _Work | None:
        """Return the next work, waiting for it; None after `close`."""
        with self._has_work:
            self._idle += 1
            try:
                while not self._waiting and not self._is_closed:
                    self._has_work.wait()
            finally:
                self._idle -= 1
            if not self._waiting:
                self._threads -= 1
                return None
            network, works = self._waiting.popitem(last=False)
            work = works.popleft()
            if works:
                self._waiting[network] = works
            return work
