"""`manage.py quick "Pay rent friday 9:00" --user anna`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts_app.models import User
from events_app.operating.commands import Exit, OperatorCommand
from foundation.http.errors import DomainError
from tasks_app.language import Reading, TextTooLong
from tasks_app.operations.quick import add_line, read_line


class Command(OperatorCommand):
    """Create a task from a line of everyday language, in English or Urdu, as the API's `quick` does.

    What was read is printed: the title, each part with what it means, what was assumed, and what was left in the title
    with how to write it. With --dry-run nothing is written. Repeating creates another task.
    """

    help = "Add a task as you would say it."
    examples = """\
  manage.py quick "Pay rent every month on the 31st 9am #home !high remind 1d" --user anna
  manage.py quick "Call mum tomorrow at 5" --user anna --dry-run
  manage.py quick "Call mum tomorow at 25:00" --user anna --strict
"""

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="the line, in quotes")
        parser.add_argument("--user", required=True, metavar="NAME", help="whose task")
        parser.add_argument("--dry-run", action="store_true", help="only print how it is read")
        parser.add_argument("--strict", action="store_true", help="create nothing if there are problems")

    def run(self, options: Mapping[str, Any]) -> Exit:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            self.refuse(f"There is no user {options['user']}.")
        now = timezone.now()
        try:
            reading = read_line(options["text"], of=user, typed_at=now)
        except TextTooLong as error:
            self.refuse(str(error))
        self._show(reading)
        if options["dry_run"]:
            return Exit.OK
        try:
            full = add_line(reading, by=user, at=now, strict=options["strict"])
        except DomainError as error:
            self.refuse("; ".join(each.detail for each in error.errors) or error.detail, Exit.FAILED)
        self.say(f"Task {full.task.pk} was created.", id=full.task.pk)
        return Exit.OK

    def _show(self, reading: Reading) -> None:
        self.say(f"Title: {reading.title}", title=reading.title, fields=reading.fields)
        for chip in reading.chips:
            self.say(f"  {chip.text} = {chip.means}", chip=chip.text, means=chip.means)
            for other in chip.alternatives:
                self.say(f"    or {other.means}", alternative=other.means)
        for note in reading.notes:
            self.say(f"  Note: {note.detail}", note=note.code, detail=note.detail)
        for problem in reading.problems:
            self.say(
                f"  Left as text: {problem.text}. {problem.detail}",
                problem=problem.code,
                detail=problem.detail,
            )
