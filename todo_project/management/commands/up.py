"""`manage.py up`: the whole platform in one process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from todo_project.cli import resume_collections
from todo_project.up import platform
from todo_project.up.errors import CannotStart


class Command(BaseCommand):
    """Start web, relay, consumers, sender, Celery worker and beat on one port, until Ctrl-C or SIGTERM.

    Settings: TODO_PORT, TODO_HOST, TODO_DATA_DIR. Exit code 0 after an orderly stop, 2 when it cannot start.
    """

    help = __doc__

    def handle(self, **options: Any) -> None:
        """Run until asked to stop."""
        resume_collections()  # the checks have loaded all views
        place = platform.PlatformLocation(settings.DATA_DIR, settings.UP_HOST, settings.UP_PORT)
        try:
            code = platform.run_platform(place, self._say)
        except CannotStart as error:
            self.stderr.write(f"todo: {error}")
            raise SystemExit(2) from None
        raise SystemExit(code)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
