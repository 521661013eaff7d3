"""Waiting, for a limited time, for services and for other processes."""

import logging
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from events_app.transports.base import TransportUnavailable
from foundation.database.transactions import drop_broken_connection, is_database_trouble

_LOOK_SECONDS = 0.5
_SAY_EVERY_SECONDS = 60.0

_Result = TypeVar("_Result")
logger = logging.getLogger(__name__)


class AskedToStop(Exception):
    """SIGTERM or Ctrl-C came before the work was done."""


class HeldByAnother(Exception):
    """Another process does the same work now."""


class Patience:
    """Tries things again, for `seconds` in total, while what they need is away or in use."""

    def __init__(self, seconds: float, is_stopping: Callable[[], bool]) -> None:
        self._until = monotonic() + seconds
        self._is_stopping = is_stopping
        self._said_at = float("-inf")

    def attempt(self, work: Callable[[], _Result]) -> _Result:
        """Return what `work` returns; repeat it while a service does not answer, or others hold what it needs.

        Raises its last error when the time is over, and an error that waiting does not mend at once. Raises AskedToStop
        before any attempt once `is_stopping`.
        """
        while True:
            if self._is_stopping():
                raise AskedToStop
            try:
                return work()
            except (OperationalError, InterfaceError, TransportUnavailable, HeldByAnother) as error:
                is_passing = _is_passing(error)  # this looks at the connection, which is closed next
                drop_broken_connection()
                if not is_passing or monotonic() >= self._until:
                    raise
                self._say(error)
            sleep(_LOOK_SECONDS)

    def _say(self, error: Exception) -> None:
        if monotonic() >= self._said_at + _SAY_EVERY_SECONDS:
            self._said_at = monotonic()
            logger.warning("Waiting: %s", " ".join(str(error).split()))


def _is_passing(error: Exception) -> bool:
    return isinstance(error, TransportUnavailable | HeldByAnother) or is_database_trouble(error)
