"""`manage.py reindex_search`."""

from collections.abc import Iterator

from tasks_app.management.owner_walk_command import OwnerWalkCommand
from tasks_app.operations.search_index import index_missing


class Command(OwnerWalkCommand):
    """Write the search words of tasks that have none, such as rows that were inserted by hand, and of those that an
    older release indexed in another way; `doctor` says whether there are any.

    It may run at any time, in small transactions. After an interruption it continues where it stopped; with --all, pass
    the last owner that it printed as --after-owner.
    """

    help = "Make tasks that search does not know findable."
    again_help = "tasks that have words, too"
    examples = """\
  manage.py reindex_search                          what is missing, or an older release's
  manage.py reindex_search --all                    everything again
  manage.py reindex_search --all --after-owner 42   … from the owner after 42 on
"""

    def walk(self, *, again: bool, after_owner: int) -> Iterator[tuple[int, int]]:
        return index_missing(again=again, after_owner=after_owner)
