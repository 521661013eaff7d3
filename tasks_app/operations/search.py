"""The words of tasks, written with every change of a text and made again where they are missing."""

from collections.abc import Collection, Iterator
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from events_app import sql
from events_app.row_sets import inserting, putting
from events_app.writing import writing
from tasks_app.models import SearchText, Task
from tasks_app.search.words import words_for

TASKS_PER_TRANSACTION: Final = 200
OWNERS_PER_READ: Final = 500


def words_put(tasks: Collection[Task], *, are_new: bool = False) -> list[sql.Work]:
    """Return what writes the words of tasks whose title or description is new, inside the change of their owner's data.

    Tasks that `are_new` themselves have none yet.
    """
    words = [(task.pk, words_for(task.owner_id, task.title, task.description)) for task in tasks]
    return (inserting if are_new else putting)(SearchText, ("task_id", "words"), words)


def index_missing(*, again: bool = False, after_owner: int = 0) -> Iterator[tuple[int, int]]:
    """Write the words of tasks that have none; with `again` those of all tasks.

    Yields (owner, number of tasks) as it goes, owners in ascending order beyond `after_owner`. At most 200
    tasks per transaction, in the history of their owner, so that no change of a task comes in between. Broken
    off, it goes on where it stopped; repeating is harmless.
    """
    while owners := _owners(again=again, after=after_owner):
        for owner_id in owners:
            yield owner_id, sum(_index_owner(owner_id, again=again))
        after_owner = owners[-1]


def _owners(*, again: bool, after: int) -> list[int]:
    rows = _to_index(again=again).filter(owner_id__gt=after)
    return list(rows.order_by("owner_id").values_list("owner_id", flat=True).distinct()[:OWNERS_PER_READ])


def _index_owner(owner_id: int, *, again: bool) -> Iterator[int]:
    position = 0
    while True:
        with writing(owner_id):
            rows = _to_index(again=again).filter(owner_id=owner_id, id__gt=position).order_by("id")
            tasks = list(rows.only("owner_id", "title", "description")[:TASKS_PER_TRANSACTION])
            sql.run_together(words_put(tasks))
        if not tasks:
            return
        position = tasks[-1].pk
        yield len(tasks)


def _to_index(*, again: bool) -> QuerySet[Task]:
    if again:
        return Task.objects.all()
    return Task.objects.filter(~Exists(SearchText.objects.filter(task=OuterRef("pk"))))
