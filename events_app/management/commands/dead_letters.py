"""List, retry and skip dead letters."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from events_app.models import DeadLetter
from events_app.operating.commands import Exit
from events_app.operating.recovery import retry_dead_letter, skip_dead_letter
from events_app.operating.row_commands import RowCommand


class Command(RowCommand):
    """List open dead letters, apply their events now, or close them without applying."""

    help = "List, retry or skip events that a consumer skipped after its last attempt."
    examples = (
        "  manage.py dead_letters list\n"
        "  manage.py dead_letters retry 7 8\n"
        "  manage.py dead_letters skip --consumer realtime"
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "retry", "skip"])
        parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="which; none: all open ones")
        parser.add_argument("--consumer", help="only those of this consumer")

    def run(self, options: Mapping[str, Any]) -> Exit:
        letters = DeadLetter.objects.filter(resolved_at__isnull=True).select_related("stream").order_by("id")
        if options["consumer"]:
            letters = letters.filter(consumer=options["consumer"])
        if options["action"] == "list":
            return self._list(list(letters))
        ids = options["ids"] or list(letters.values_list("id", flat=True))
        act = {"retry": retry_dead_letter, "skip": skip_dead_letter}[options["action"]]
        return self.act_on_rows(act, ids)

    def _list(self, letters: list[DeadLetter]) -> Exit:
        for letter in letters:
            self.say(
                f"{letter.pk}  {letter.consumer}  {letter.type}  {letter.stream.key}/{letter.seq}  {letter.error}",
                id=letter.pk,
                consumer=letter.consumer,
                type=letter.type,
                stream=letter.stream.key,
                sequence=letter.seq,
                attempts=letter.attempts,
                error=letter.error,
                created_at=letter.created_at,
            )
        if not letters and not self.as_json:
            self.say("no open dead letters")
        return Exit.DEGRADED if letters else Exit.OK
