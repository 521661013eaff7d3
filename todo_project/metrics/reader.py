"""Reads the backlog every five seconds, however many ask, and answers at the side port."""

import logging
from collections.abc import Callable
from threading import Event
from time import monotonic

from django.db import connection

from events_app.errors import FAILURES, describe_error
from events_app.runtime.essentials import wait_for_essentials
from events_app.runtime.side_port import SideAnswer, SideAnswers
from events_app.runtime.watchdog import report_turn, watch_loop
from foundation.database.transactions import drop_broken_connection
from foundation.metrics import metrics_page
from todo_project.metrics.backlog import LogBacklog, read_backlog, scaling_numbers
from todo_project.metrics.exposition import backlog_samples, render_samples

READ_SECONDS = 5.0
# Who scales by old numbers would be wrong for longer than one who is told that there are none.
STALE_SECONDS = 20.0
_LOOK_SECONDS = 0.2

logger = logging.getLogger(__name__)


class BacklogReader:
    """The newest backlog of this process, read in a thread of its own: no question waits for the database."""

    def __init__(self) -> None:
        self._newest: tuple[float, LogBacklog] | None = None
        self._stopping = Event()

    def run(self) -> None:
        """Read every five seconds until `stop`, once there are tables. What fails is logged, and tried again."""
        if not wait_for_essentials(self._stopping.is_set):
            return
        with watch_loop("the loop of metrics"):
            while not self._stopping.is_set():
                self._read()
                until = monotonic() + READ_SECONDS
                while monotonic() < until and not self._stopping.wait(_LOOK_SECONDS):
                    report_turn()
        connection.close()

    def stop(self) -> None:
        """Have `run` return soon."""
        self._stopping.set()

    def answers(self) -> SideAnswers:
        """Return the answers of the side port; 503 when there is no backlog of the last twenty seconds."""
        return {
            "/metrics": lambda: self._answer(_describe_all),
            "/lag.json": lambda: self._answer(scaling_numbers),
        }

    def _answer(self, describe: Callable[[LogBacklog], dict[str, object] | str]) -> SideAnswer:
        newest = self._newest
        if newest is None or monotonic() - newest[0] > STALE_SECONDS:
            return 503, {"status": "unavailable", "missing": ["database"]}
        return 200, describe(newest[1])

    def _read(self) -> None:
        report_turn()
        try:
            self._newest = monotonic(), read_backlog()
        except FAILURES as error:  # the loop must survive any failure of a database that is away
            logger.warning("The backlog could not be read: %s", describe_error(error, characters=500))
            drop_broken_connection()


def _describe_all(backlog: LogBacklog) -> str:
    return render_samples(backlog_samples(backlog)) + metrics_page.text()
