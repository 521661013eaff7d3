"""`manage.py doctor`: what is well, what is not, and the command that mends it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from todo_project.doctor import Level, examine

EXITS = {Level.OK: Exit.OK, Level.WARN: Exit.DEGRADED, Level.FAIL: Exit.FAILED}
ORDER = (Level.OK, Level.WARN, Level.FAIL)


class Command(OperatorCommand):
    """Look at machine, database, services, roles and consumers; one line each: OK, WARN or FAIL, and what mends it.

    Only reads. Exit code 0 when all is well, 3 when something works with less, 1 when something does not work.
    """

    help = "Examine the installation and say what mends what is not well."
    examples = "  manage.py doctor\n  manage.py doctor --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Print each finding; return the worst."""
        worst = Level.OK
        for finding in examine():
            self.say(str(finding), **asdict(finding))
            worst = max(worst, finding.level, key=ORDER.index)
        return EXITS[worst]
