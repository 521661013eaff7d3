"""`manage.py doctor`: checks an installation and names the command that repairs each fault."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from todo_project.doctor import Level, examine
from todo_project.doctor.findings import worst_level

EXITS = {Level.OK: Exit.OK, Level.WARN: Exit.DEGRADED, Level.FAIL: Exit.FAILED}


class Command(OperatorCommand):
    """Check machine, database, services, roles and consumers; print a line for each: OK, WARN or FAIL, and the repair.

    Only reads. Exit code 0 when everything works, 3 when something works in part, 1 when something does not work.
    """

    help = "Check the installation and print how to repair each fault."
    examples = "  manage.py doctor\n  manage.py doctor --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Print each finding; return the worst."""
        found = []
        for finding in examine():
            self.say(str(finding), **asdict(finding))
            found.append(finding)
        return EXITS[worst_level(found)]
