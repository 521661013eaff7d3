"""Apply events to a consumer again."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from events_app.consumers.kernel import replay
from events_app.consumers.kernel.batch import HandlerFailed
from events_app.consumers.registry import UnknownConsumer
from events_app.operating.commands import Exit, OperatorCommand


class Command(OperatorCommand):
    """Apply events again that a consumer has already passed; its cursors do not move.

    It is harmless, since handlers are idempotent, and useful after a handler was fixed or its rows were lost.
    """

    help = "Call a consumer's handler with events again."
    examples = "  manage.py replay audit\n  manage.py replay notifications --user 42 --from 10 --to 20"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("consumer", metavar="CONSUMER")
        parser.add_argument("--user", type=int, metavar="ID", help="only this user's events")
        parser.add_argument(
            "--from", type=int, default=1, metavar="SEQ", dest="first", help="first sequence number"
        )
        parser.add_argument("--to", type=int, metavar="SEQ", dest="last", help="last sequence number")

    def run(self, options: Mapping[str, Any]) -> Exit:
        streams = events = 0
        try:
            for key, count in replay(
                options["consumer"], user_id=options["user"], first=options["first"], last=options["last"]
            ):
                streams, events = streams + 1, events + count
                self.progress(lambda: f"{key}: {events} events")  # noqa: B023 - called at once
        except UnknownConsumer as error:
            self.refuse(str(error))
        except HandlerFailed as failed:
            self.refuse(f"replay stopped: {failed}", Exit.FAILED)
        self.say(f"{events} events of {streams} streams applied again", events=events, streams=streams)
        return Exit.OK
