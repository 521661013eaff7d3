"""The documents of tasks, made again where an older release made them, or wrote a task without its document."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from events_app.log.write import writing
from foundation.database import sql
from tasks_app.editing.unrecorded import write_documents
from tasks_app.models import CURRENT_DOCUMENT, Task
from tasks_app.operations.owner_walk import walk_owners
from tasks_app.queries.tasks import load_all_full


def rewrite_documents(*, again: bool = False, after_owner: int = 0) -> Iterator[tuple[int, int]]:
    """Write the documents of tasks whose document is old; with `again`, of all tasks. No event: tasks stay as they are.

    Yields (owner id, number of tasks) for each owner beyond `after_owner`, ascending. At most 200 tasks per
    transaction, with the history of their owner locked, so that no task changes in between. After an interruption it
    continues where it stopped; repeating is harmless.
    """
    rows = Task.objects.all() if again else Task.objects.filter(~CURRENT_DOCUMENT)
    return walk_owners(rows, _rewrite_some, after_owner=after_owner)


def _rewrite_some(owner_id: int, chunk: QuerySet[Task]) -> Sequence[int]:
    with writing(owner_id):
        tasks = load_all_full(list(chunk))
        sql.run_together(write_documents(tasks))
    return [full.task.pk for full in tasks]
