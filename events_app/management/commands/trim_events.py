"""Delete old events that all consumers have applied."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import F

from events_app.models import Stream
from events_app.operating.commands import Exit, OperatorCommand
from events_app.operating.recovery import trim_stream


class Command(OperatorCommand):
    """Keep the last events of each user's history and delete older ones.

    It keeps events that are not published, or that a consumer has not applied. The audit trail keeps its own copy. A
    socket that resumes from before the kept events must reload. Repeating is harmless.
    """

    help = "Delete old events that are published and that all consumers have applied."
    examples = "  manage.py trim_events\n  manage.py trim_events --keep 1000"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=int, default=10_000, metavar="N", help="events kept per user (default 10000)"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        keep = options["keep"]
        if keep < 0:
            self.refuse("--keep takes a number that is not negative")
        removed = 0
        long_streams = Stream.objects.filter(head__gt=F("tail") + keep).order_by("id")
        for stream_id in long_streams.values_list("id", flat=True).iterator(chunk_size=500):
            while deleted := trim_stream(stream_id, keep=keep):
                removed += deleted
                self.progress(lambda: f"{removed} events removed")  # noqa: B023 - called at once
        self.say(f"{removed} events removed", removed=removed)
        return Exit.OK
