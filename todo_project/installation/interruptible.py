"""Work with the database that a signal can end while a statement runs."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from time import monotonic
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

from foundation.database.sessions import cancel_statement
from todo_project.installation.patience import AskedToStop

_LOOK_SECONDS = 0.1
_CANCEL_EVERY_SECONDS = 0.5
_END_SECONDS = 3.0

_Result = TypeVar("_Result")


class InterruptibleWork(Generic[_Result]):
    """Runs `work` in a thread of its own: the main thread would hear signals only after its statement has ended."""

    def __init__(self, work: Callable[[], _Result]) -> None:
        self._work = work
        self._future: Future[_Result] = Future()
        self._thread = Thread(target=self._run, name="work", daemon=True)
        self._connection: Any = None

    def result(self, is_stopping: Callable[[], bool]) -> _Result:
        """Run the work and return its result, or raise its error.

        Once `is_stopping`, its statements are cancelled for three seconds, then AskedToStop is raised, unless the work
        was done meanwhile.
        """
        self._thread.start()
        while self._thread.is_alive() and not is_stopping():
            self._thread.join(_LOOK_SECONDS)
        if is_stopping():
            self._cancel()
            if not self._future.done() or self._future.exception():
                raise AskedToStop
        return self._future.result()

    def _run(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS]
        try:
            self._future.set_result(self._work())
        except BaseException as error:  # the thread that waits raises it
            self._future.set_exception(error)
        finally:
            connection.close()

    def _cancel(self) -> None:
        """Cancel again and again: the work may be between two statements."""
        until = monotonic() + _END_SECONDS
        while self._thread.is_alive() and monotonic() < until:
            if self._connection is not None:
                Thread(target=cancel_statement, args=[self._connection], daemon=True).start()
            self._thread.join(_CANCEL_EVERY_SECONDS)
