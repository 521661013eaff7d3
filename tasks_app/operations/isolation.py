"""Sweeps over many users: what is wrong with one of them must not hold up the others."""

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
    """Return how long what failed so often in a row waits: what a fault in the code keeps is not worth a hurry."""
    return timedelta(seconds=retry_seconds(failures, cap=LONGEST_SECONDS))


def run_isolated(sweep: str, work: Callable[[], int]) -> int:
    """Do one user's part of a sweep and return how much it was: 0, logged and counted, when it fails.

    The next sweep tries again. Raises what is wrong with the database, for all parts would meet it.
    """
    try:
        return work()
    except Exception as error:  # one part of a worker's loop, whatever it raises
        if is_database_trouble(error):
            raise
        count(f"sweep.failed.{sweep}")
        logger.exception("sweep %s failed for one user; the others go on", sweep)
        return 0
