"""List parked messages, have the relay send them again, or close them."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from events_app.models import ParkedMessage
from events_app.operating.commands import Exit
from events_app.operating.parked_messages import (
    close_parked_message,
    first_of_each_stream,
    send_parked_message_again,
)
from events_app.operating.row_commands import RowCommand


class Command(RowCommand):
    """List the messages that no broker took, have the relay send them again, or close them.

    `send` sends the stream again from the first of its parked messages on, in order. What is refused again is parked
    again. `close` says that readers outside know what they miss.
    """

    help = "List, send or close messages that no broker took."
    examples = (
        "  manage.py parked_messages list\n"
        "  manage.py parked_messages send 7\n"
        "  manage.py parked_messages close"
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "send", "close"])
        parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="which; none: all of them")

    def run(self, options: Mapping[str, Any]) -> Exit:
        parked = ParkedMessage.objects.select_related("stream").order_by("stream_id", "seq", "id")
        if options["action"] == "list":
            return self._list(list(parked))
        chosen = [message for message in parked if message.pk in options["ids"] or not options["ids"]]
        act = close_parked_message
        if options["action"] == "send":
            act, chosen = send_parked_message_again, first_of_each_stream(chosen)
        gone = sorted({*options["ids"]} - {message.pk for message in parked})
        return self.act_on_rows(act, [*(each.pk for each in chosen), *gone])

    def _list(self, parked: list[ParkedMessage]) -> Exit:
        for message in parked:
            self.say(
                f"{message.pk}  {message.topic}  {message.stream.key}/{message.seq}  {message.reason}",
                id=message.pk,
                topic=message.topic,
                stream=message.stream.key,
                sequence=message.seq,
                reason=message.reason,
                created_at=message.created_at,
            )
        if not parked and not self.as_json:
            self.say("no parked messages")
        return Exit.DEGRADED if parked else Exit.OK
