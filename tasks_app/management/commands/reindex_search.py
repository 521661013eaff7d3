"""`manage.py reindex_search`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from events_app.operating.commands import Exit, OperatorCommand
from tasks_app.operations.search_index import index_missing


class Command(OperatorCommand):
    """Write the search words of tasks that have none, such as rows that were inserted by hand, and of those that an
    older release indexed in another way; `doctor` says whether there are any.

    It may run at any time, in small transactions. After an interruption it continues where it stopped; with --all, pass
    the last owner that it printed as --after-owner.
    """

    help = "Make tasks that search does not know findable."
    examples = """\
  manage.py reindex_search                          what is missing, or an older release's
  manage.py reindex_search --all                    everything again
  manage.py reindex_search --all --after-owner 42   … from the owner after 42 on
"""

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="again", help="tasks that have words, too")
        parser.add_argument("--after-owner", type=int, default=0, metavar="ID", help="begin after this owner")

    def run(self, options: Mapping[str, Any]) -> Exit:
        total = 0
        for owner_id, count in index_missing(again=options["again"], after_owner=options["after_owner"]):
            total += count
            self.progress(lambda owner=owner_id, done=total: f"{done} tasks, up to owner {owner}")  # type: ignore[misc]
        self.say(f"{total} tasks", tasks=total)
        return Exit.OK
