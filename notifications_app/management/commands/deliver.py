"""The sender as a process, for installations without Celery workers."""

from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag
from notifications_app.sender import Sender


class Command(OperatorCommand):
    """Send due deliveries until SIGTERM or Ctrl-C; any number may run. Killed at any moment it loses nothing: what it
    was sending is sent again a minute later, under the same key.

    Neither the relay nor a consumer ever sends: a mail server that does not answer would hold up events. With Redis,
    `manage.py worker deliveries` does the same, and empties the queue that beat fills.
    """

    help = "Send deliveries: mail, and whatever else leaves the platform."
    examples = "  manage.py deliver\n  manage.py deliver --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Run the sender until it is stopped."""
        stop = StopFlag().listen()
        with prepared_role(stop.is_set) as is_prepared:
            if is_prepared:
                self.say("sender started", event="started")
                Sender().run(stop)
                self.say("sender stopped", event="stopped")
        return Exit.OK
