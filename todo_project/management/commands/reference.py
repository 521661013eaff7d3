"""Writes the generated pages of docs/reference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from todo_project.reference import generated_files


class Command(OperatorCommand):
    """Write the pages for settings, commands, events, sweeps and the API from the code, or print which are old."""

    help = "Generate docs/reference from the code."
    examples = "  manage.py reference\n  manage.py reference --check"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 when something would change"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        root = Path(settings.BASE_DIR)
        stale = [path for path, text in generated_files().items() if _read(root / path) != text]
        for path in stale:
            self.say(f"{'out of date' if options['check'] else 'written'}: {path}", path=str(path))
            if not options["check"]:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(generated_files()[path], encoding="utf-8")
        return Exit.FAILED if stale and options["check"] else Exit.OK


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
