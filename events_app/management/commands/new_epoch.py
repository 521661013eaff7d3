"""Says that the database now holds another history."""

from collections.abc import Mapping
from typing import Any

from events_app.epochs import begin_epoch, current_epoch
from events_app.management.operator import Exit, OperatorCommand
from events_app.models import Epoch


class Command(OperatorCommand):
    """Begin a new epoch, after a restore, on a copy, or whenever sequence numbers may mean other events than before.

    Clients, open sockets and readers of the topics notice within seconds: they load everything once more, or start
    anew with what comes. Nothing of the data changes. Each call begins another epoch; one too many is harmless.
    """

    help = "Begin a new epoch: call it after restoring a backup."
    examples = "  manage.py new_epoch\n  manage.py new_epoch --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Begin it and print both."""
        previous = current_epoch()
        epoch = begin_epoch(Epoch.Reason.ASKED).value
        self.say(f"epoch {epoch}, before: {previous}", epoch=epoch, previous=previous)
        return Exit.OK
