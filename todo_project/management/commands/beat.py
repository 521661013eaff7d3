"""`manage.py beat`: what wakes the sweeps on time."""

from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from todo_project.celery import app


class Command(OperatorCommand):
    """Send due wake-ups until SIGTERM or Ctrl-C. Two at once change nothing; none for a while delays reminders
    by at most five seconds, for relays run the same sweeps.

    The schedule lies in the database, where operators may change it; `settings/sweeps.py` is what it begins
    with. The same as `celery -A todo_project beat`.
    """

    help = "Run Celery beat with the schedule in the database."
    examples = "  manage.py beat"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Become beat."""
        app.start(["--quiet", "beat", "--pidfile="])
        return Exit.OK
