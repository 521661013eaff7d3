"""Tells the broker what was written, and keeps everything else moving that nobody woke."""

from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.engine import Engine
from events_app.runtime.stop_flag import StopFlag


class Command(OperatorCommand):
    """Run one relay until SIGTERM or Ctrl-C; any number may run, they share the sixteen lanes.

    With the embedded transport it also hosts every consumer. Killed at any moment it loses nothing: the next
    relay repeats at most what was sent and not yet marked. Exit code 1: a loop has not turned for a minute (the log
    then names handler and event, or the sweep).
    """

    help = "Run a relay: publish the log, reconcile, run the sweeps."
    examples = "  manage.py relay\n  manage.py relay --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        stop = StopFlag().listen()
        engine = Engine(role="relay")
        self.say("relay started", event="started", holder=engine.relay.lanes.holder)
        engine.run(stop)
        self.say("relay stopped", event="stopped")
        return Exit.OK
