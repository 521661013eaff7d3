"""List, pause and resume consumers."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from events_app.consumers.registration import pause, register_consumers, resume
from events_app.consumers.registry import consumers
from events_app.operating.commands import Exit, OperatorCommand
from events_app.operating.lag import consumer_lags


class Command(OperatorCommand):
    """Show each consumer with its lag, pause it in all processes, or resume it with the events that it missed."""

    help = "List, pause or resume consumers."
    examples = "  manage.py consumers list\n  manage.py consumers pause realtime\n  manage.py consumers resume realtime"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "pause", "resume"])
        parser.add_argument("names", nargs="*", metavar="NAME")

    def run(self, options: Mapping[str, Any]) -> Exit:
        if options["action"] == "list":
            register_consumers()
            return self._list()
        unknown = sorted(set(options["names"]) - set(consumers()))
        if unknown or not options["names"]:
            self.refuse(f"name consumers out of {', '.join(consumers())}, not {', '.join(unknown) or 'none'}")
        register_consumers()
        changed = {"pause": pause, "resume": resume}[options["action"]](options["names"])
        self.say(f"{options['action']}d {changed}", action=options["action"], changed=changed)
        return Exit.OK

    def _list(self) -> Exit:
        lags = consumer_lags()
        for lag in lags:
            self.say(
                f"{lag.name:<14} {lag.state:<12} behind in {lag.streams} streams by {lag.events} events,"
                f" {lag.waiting} waiting, {lag.blocked} blocked, {lag.dead_letters} dead letters",
                **vars(lag),
            )
        needs_help = any(lag.blocked or lag.dead_letters for lag in lags)
        return Exit.DEGRADED if needs_help else Exit.OK
