"""Work over the tasks of all users, some per transaction; after an interruption it continues where it stopped."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from django.db.models import QuerySet

from tasks_app.models import Task

_TASKS_PER_TRANSACTION: Final = 200
OWNERS_PER_READ: Final = 500

_Step = Callable[[int, QuerySet[Task]], Sequence[int]]
"""Does the work for some tasks of an owner, in a transaction of its own, and returns their ids, ascending."""


def walk_owners(rows: QuerySet[Task], step: _Step, *, after_owner: int) -> Iterator[tuple[int, int]]:
    """Run `step` for at most 200 of these tasks at a time, owner by owner, beyond `after_owner`, ascending.

    Yields (owner id, number of tasks) for each owner. `step` reads the tasks again under the lock of their owner.
    """
    while owners := _owners(rows, after=after_owner):
        for owner_id in owners:
            yield owner_id, sum(_walk_tasks(rows, step, owner_id))
        after_owner = owners[-1]


def _owners(rows: QuerySet[Task], *, after: int) -> list[int]:
    further = rows.filter(owner_id__gt=after).order_by("owner_id")
    return list(further.values_list("owner_id", flat=True).distinct()[:OWNERS_PER_READ])


def _walk_tasks(rows: QuerySet[Task], step: _Step, owner_id: int) -> Iterator[int]:
    position = 0
    while True:
        further = rows.filter(owner_id=owner_id, id__gt=position).order_by("id")
        ids = step(owner_id, further[:_TASKS_PER_TRANSACTION])
        if not ids:
            return
        position = ids[-1]
        yield len(ids)
