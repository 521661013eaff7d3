"""Begin a new epoch, which means that the database now has another history."""

from collections.abc import Mapping
from typing import Any

from events_app.log.epochs import current_epoch
from events_app.models import Epoch
from events_app.operating.commands import Exit, OperatorCommand
from events_app.operating.epoch_note import renew


class Command(OperatorCommand):
    """Begin a new epoch: after a restore, on a copy, or whenever sequence numbers may mean other events than before.

    Clients, open sockets and readers of the topics notice within seconds: they load everything again, or start again
    with new events. The data does not change. Each call begins another epoch; one too many is harmless.
    With SQLite the epoch is also written to a file beside the database. Exit code 1: that file cannot be written.
    """

    help = "Begin a new epoch: call it after restoring a backup."
    examples = "  manage.py new_epoch\n  manage.py new_epoch --json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Begin the epoch, and print it with the previous one."""
        previous = current_epoch()
        try:
            epoch = renew(Epoch.Reason.ASKED).value
        except OSError as error:
            self.refuse(f"the note beside the database cannot be written: {error}", Exit.FAILED)
        self.say(f"epoch {epoch}, before: {previous}", epoch=epoch, previous=previous)
        return Exit.OK
