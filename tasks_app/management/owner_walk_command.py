"""What the commands that walk the tasks of all users share."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand


class OwnerWalkCommand(OperatorCommand):
    """Runs `walk` and says how far it is.

    It may run at any time, in small transactions. After an interruption it continues where it stopped; with --all, pass
    the last owner that it printed as --after-owner.
    """

    again_help: str

    def walk(self, *, again: bool, after_owner: int) -> Iterator[tuple[int, int]]:
        """Do the work; yield (owner id, number of tasks) for each owner."""
        raise NotImplementedError

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="again", help=self.again_help)
        parser.add_argument("--after-owner", type=int, default=0, metavar="ID", help="begin after this owner")

    def run(self, options: Mapping[str, Any]) -> Exit:
        total = 0
        for owner_id, count in self.walk(again=options["again"], after_owner=options["after_owner"]):
            total += count
            self.progress(lambda owner=owner_id, done=total: f"{done} tasks, up to owner {owner}")  # type: ignore[misc]
        self.say(f"{total} tasks", tasks=total)
        return Exit.OK
