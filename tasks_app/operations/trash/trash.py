"""What happens in the trash: coming back, and leaving for good after thirty days."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from accounts_app.models import User
from events_app.contracts import TaskCreated
from events_app.log.write import writing_many
from events_app.runtime.crash import crash_point
from events_app.runtime.watchdog import report_turn
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import database_now, is_database_trouble
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, draft_of, save
from tasks_app.errors import VersionMismatch
from tasks_app.models import MISSED, Task
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.trash.removal import keep_slots, remove_rows
from tasks_app.operations.trash.restore import restore_occurrence
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.tasks import FullTask, known_task, load_full
from tasks_app.values.trash import TRASH_KEPT

_USERS_PER_TRANSACTION: Final = 200
_ROWS_PER_TRANSACTION: Final = 500
CHUNKS_PER_CALL: Final = 20
_SWEEP: Final = Provenance(actor=Actor(type="system", id="trash"))


def restore_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> FullTask:
    """Take a task out of the trash and record `task.created`; its reminders are planned again.

    An occurrence returns to its place in the series, with the series if that was deleted along with it, or as a task
    of its own where that is taken. Repeating is harmless. Raises TaskNotFound (also for what was purged),
    VersionMismatch.
    """
    with changing(by, at=at) as change:
        return restore_one(change, task_id, versions=versions)


def restore_one(change: Change, task_id: int, *, versions: frozenset[int] | None = None) -> FullTask:
    """As `restore_task`, inside `changing`."""
    task = known_task(change.owner_id, task_id)
    if versions is not None and task.version not in versions:
        raise VersionMismatch(task.version)
    return load_full(task) if task.is_live else return_from_trash(change, task)


def return_from_trash(change: Change, task: Task) -> Draft:
    """Take a task that is in the trash out of it, inside `changing`; see `restore_task`."""
    draft = draft_of(task)
    draft.series_before = None if task.series_id is None else series_state_of(task)
    restore_occurrence(change, draft)
    task.deleted_at = None
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskCreated)
    return draft


def purge_trash() -> int:
    """Remove what has been in the trash for thirty days, for good; return how many tasks.

    No event: to everyone who reads the log they are gone since `task.deleted`, and nobody has decided anything since.
    The audit trail keeps its copy. At most 500 rows of 200 users per transaction, 20 transactions per call. Two at
    once, or one that is cut off, leave whole transactions; the next call goes on. Who is writing is passed over.
    What is wrong with one user's trash is logged and counted, and holds up nobody else's.
    """
    with use_provenance(_SWEEP):
        total, left_out = 0, set[int]()
        for _ in range(CHUNKS_PER_CALL):
            report_turn()
            owners = _next_owners(left_out)
            if not owners:
                break
            purged = _purge_or_isolate(owners)
            left_out |= purged.left_out
            total += purged.tasks
        return total


class _PurgeResult(NamedTuple):
    """How many tasks went, and whose trash is to be left for the next call."""

    tasks: int
    left_out: set[int]


def _next_owners(left_out: Collection[int]) -> list[int]:
    """Return up to 200 users whose trash is due, but those left out."""
    rows = _to_purge(database_now()).exclude(owner_id__in=left_out)
    owners = sorted(set(rows.values_list("owner_id", flat=True)[:_ROWS_PER_TRANSACTION]))
    return owners[:_USERS_PER_TRANSACTION]


def _purge_or_isolate(owners: Sequence[int]) -> _PurgeResult:
    try:
        gone = _purge(owners)
        return _PurgeResult(gone, set() if gone else set(owners))
    except Exception as error:  # the sweep must reach all users, whatever one of them raises
        if is_database_trouble(error):
            raise
    tasks = {owner_id: run_isolated("trash", partial(_purge, [owner_id])) for owner_id in owners}
    return _PurgeResult(sum(tasks.values()), {owner_id for owner_id, gone in tasks.items() if not gone})


def _to_purge(now: datetime) -> QuerySet[Task]:
    # A withdrawn row waits for its predecessor to be completed again, which a purged one never will be.
    is_free = Q(withdrawn=False) | Q(follows__isnull=True)
    # What was missed is history, as what was done is.
    rows = Task.objects.filter(is_free, ~MISSED, deleted_at__lt=now - TRASH_KEPT)
    return rows.order_by("deleted_at", "id")


def _purge(owners: Sequence[int]) -> int:
    with writing_many(owners) as logs:
        tasks = list(_to_purge(database_now()).filter(owner_id__in=list(logs))[:_ROWS_PER_TRANSACTION])
        keep_slots(tasks)
        remove_rows([task.pk for task in tasks])
        crash_point("sweep.before_commit")
    crash_point("sweep.after_commit")
    return len(tasks)
