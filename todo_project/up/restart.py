"""Restarts `up` where another role would exit with code 1: no supervisor restarts `up`."""

import logging
import os
import sys

from events_app.runtime.stop_flag import StopFlag
from events_app.runtime.watchdog import exit_process

# Without the prefix TODO_, which is for settings of the user.
_MARK = "UP_STARTED_ANEW"

logger = logging.getLogger(__name__)


def start_anew(port: int, stop: StopFlag) -> None:
    """Replace this process by a new one on the same port; the system closes all files and locks. Never returns.

    When `stop` is set, only end the process.
    """
    if stop.is_set():
        exit_process()
    logger.critical("Starting anew on port %s.", port)
    try:
        # The new process must keep the port: browsers have this address.
        os.environ.update({"TODO_PORT": str(port), _MARK: "1"})
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the same command line
    finally:
        exit_process()


def was_started_anew() -> bool:
    """Return whether `start_anew` started this process; further calls return False."""
    return os.environ.pop(_MARK, "") != ""
