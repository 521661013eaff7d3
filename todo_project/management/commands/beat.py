"""`manage.py beat`: Celery beat, which wakes the sweeps."""

from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag
from todo_project.celery import app
from todo_project.health.celery_heartbeats import beat_pulse


class Command(OperatorCommand):
    """Send due wake-ups until SIGTERM or Ctrl-C. Two beats change nothing. Without beat, reminders are at most five
    seconds late, because relays run the same sweeps.

    The schedule is in the database, where operators may change it; it is created from `settings/sweeps.py`.
    The same as `celery -A todo_project beat`.
    """

    help = "Run Celery beat with the schedule in the database."
    examples = "  manage.py beat"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Run Celery beat in this process."""
        flag = StopFlag().listen()
        with prepared_role(flag.is_set, pulses=[beat_pulse]) as is_prepared:
            if is_prepared:
                app.start(["--quiet", "beat", "--pidfile="])
        return Exit.OK
