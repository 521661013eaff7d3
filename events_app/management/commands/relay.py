"""Run a relay: publish events, reconcile, and run the sweeps."""

from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.engine import Engine
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag


class Command(OperatorCommand):
    """Run one relay until SIGTERM or Ctrl-C; any number may run and share the sixteen lanes.

    With the embedded transport it also hosts all consumers. A kill loses nothing at any moment: the next relay repeats
    at most the messages that were sent and not yet marked. Exit code 1: a loop hung for a minute (the log then names
    the handler and the event, or the sweep).
    """

    help = "Run a relay: publish the log, reconcile, run the sweeps."
    examples = "  manage.py relay\n  manage.py relay --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Relay until stopped."""
        stop = StopFlag().listen()
        with prepared_role(stop.is_set) as is_prepared:
            if is_prepared:
                self._relay(stop)
        return Exit.OK

    def _relay(self, stop: StopFlag) -> None:
        engine = Engine(role="relay")
        self.say("relay started", event="started", holder=engine.relay.lanes.holder)
        engine.run(stop)
        self.say("relay stopped", event="stopped")
