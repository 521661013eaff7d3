"""`manage.py healthcheck`: ask a role at its side port."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from todo_project.health.healthcheck import add_healthcheck_options, ask_side_port


class Command(BaseCommand):
    """Ask a role on this machine at its side port how it is. Exit code 0: it answers 200; 1: it does not.

    `manage.py` answers this before it loads Django or settings.
    """

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the port and the path."""
        add_healthcheck_options(parser)

    def handle(self, **options: Any) -> None:
        """Ask once."""
        sys.exit(ask_side_port(options["port"], options["path"]))
