"""Isolating users in a sweep: a failure of one must not hold up the others."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import is_database_trouble

LONGEST_SECONDS: Final = 300.0
logger = logging.getLogger(__name__)


def retry_after(failures: int) -> timedelta:
    """Return how long to wait before a retry after so many failures in a row, at most 5 minutes."""
    return timedelta(seconds=retry_seconds(failures, cap=LONGEST_SECONDS))


def run_isolated(sweep: str, work: Callable[[], int]) -> int:
    """Run one user's part of a sweep and return its result; a failure is logged and counted, and 0 is returned.

    The next sweep retries. Database errors are raised, since every part would meet them.
    """
    try:
        return work()
    except Exception as error:  # one part of a worker's loop, whatever it raises
        if is_database_trouble(error):
            raise
        count(f"sweep.failed.{sweep}")
        logger.exception("sweep %s failed for one user; the others go on", sweep)
        return 0
