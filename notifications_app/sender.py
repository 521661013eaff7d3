"""The sender: a loop that sends deliveries and mails about accounts. It is separate, since a mail server may hang.

`manage.py up` runs it in a thread, `manage.py deliver` in a process. With Redis, Celery's queue `deliveries` does the
same. An error never ends the loop: it is logged and counted, and the work is tried again after a pause.
"""

import logging
from functools import partial
from time import monotonic, sleep

from django.db import Error
from pydantic import JsonValue

from events_app.consumers import registry
from events_app.runtime import heartbeats
from events_app.runtime.engine import LOOP_WAKER, Chore, Stoppable
from events_app.runtime.watchdog import report_turn, watch_loop
from notifications_app.operations.account_mails import send_account_mails
from notifications_app.operations.deliveries import send_due_deliveries

ROLE = "deliver"
_LOOK_SECONDS = 0.1

logger = logging.getLogger(__name__)


class Sender:
    """Sends what is due until it is stopped. Any number may run at once."""

    def __init__(self) -> None:
        self._stop: Stoppable | None = None
        self._chores = (
            Chore("account_mails", self._send_account_mails, every_seconds=0.0),
            Chore(
                "deliveries",
                partial(registry.measure_sweep, "deliveries", self._send, waker=LOOP_WAKER),
                every_seconds=0.0,
            ),
            Chore("heartbeat", self._beat, every_seconds=heartbeats.BEAT_SECONDS),
        )

    def run(self, stop: Stoppable) -> None:
        """Work until `stop` is set. A message that is being sent then has a few seconds; see channels/attempt.py."""
        self._stop = stop
        try:
            with watch_loop(f"the loop of {ROLE}"):
                while not stop.is_set():
                    self._turn(monotonic())
        finally:
            self._retire()

    def _turn(self, now: float) -> None:
        report_turn()
        worked = [chore.run_if_due(now) for chore in self._chores]
        if not any(worked):
            self._rest(until=now + registry.loop_seconds("deliveries"))

    def _rest(self, *, until: float) -> None:
        while not self._is_stopping() and monotonic() < until:
            sleep(_LOOK_SECONDS)

    def _is_stopping(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def _send_account_mails(self) -> bool:
        return send_account_mails(is_stopping=self._is_stopping) > 0

    def _send(self) -> bool:
        return send_due_deliveries(is_stopping=self._is_stopping) > 0

    def _beat(self) -> bool:
        errors: dict[str, JsonValue] = {c.name: c.last_error for c in self._chores if c.last_error}
        heartbeats.beat(ROLE, {"errors": errors})
        return False

    def _retire(self) -> None:
        try:
            heartbeats.retire(ROLE)
        except Error as error:  # the heartbeat expires by itself
            logger.warning("The heartbeat of %s could not be taken away: %s", ROLE, error)


def send_all_due() -> int:
    """Send mails about accounts, then deliveries, each for about two seconds; return how many had an outcome.

    The sweep of Celery's workers, for installations without a sender.
    """
    return send_account_mails() + send_due_deliveries()
