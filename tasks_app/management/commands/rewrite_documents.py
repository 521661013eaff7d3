"""`manage.py rewrite_documents`."""

from collections.abc import Iterator

from tasks_app.management.owner_walk_command import OwnerWalkCommand
from tasks_app.operations.documents import rewrite_documents


class Command(OwnerWalkCommand):
    """Write the documents of tasks that lists and answers are made of, where an older release wrote them, or none;
    `doctor` says whether there are any. Until then such tasks are read from their rows, which takes longer.

    It may run at any time, in small transactions. After an interruption it continues where it stopped; with --all, pass
    the last owner that it printed as --after-owner.
    """

    help = "Write the documents of tasks that an older release wrote."
    again_help = "tasks whose documents are of this release, too"
    examples = """\
  manage.py rewrite_documents                          what is missing, or an older release's
  manage.py rewrite_documents --all                    everything again
  manage.py rewrite_documents --all --after-owner 42   … from the owner after 42 on
"""

    def walk(self, *, again: bool, after_owner: int) -> Iterator[tuple[int, int]]:
        return rewrite_documents(again=again, after_owner=after_owner)
