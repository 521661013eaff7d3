"""`up` starts itself anew where any other role ends with exit code 1: nobody stands behind it who would do that."""

import logging
import os
import sys

from events_app.runtime.stop_flag import StopFlag
from events_app.runtime.watchdog import exit_process

# No TODO_ variable: those are the user's.
_MARK = "UP_STARTED_ANEW"

logger = logging.getLogger(__name__)


def start_anew(port: int, stop: StopFlag) -> None:
    """Become a fresh process on the same port: the system closes what this one holds. Never returns.

    One that is asked to stop ends instead.
    """
    if stop.is_set():
        exit_process()
    logger.critical("Starting anew on port %s.", port)
    try:
        # The fresh one must not go elsewhere: browsers have this address.
        os.environ.update({"TODO_PORT": str(port), _MARK: "1"})
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - as we were called
    finally:
        exit_process()


def was_started_anew() -> bool:
    """Return whether this process is one that `start_anew` began; later calls return False."""
    return os.environ.pop(_MARK, "") != ""
