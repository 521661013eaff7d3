"""Removing tasks from the trash for good because their owner wants it: one, or all that are there.

Each has its event, `task.deleted` with the reason `purged`: log and audit trail keep what happened to it before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from django.db.models import Max

from accounts_app.models import User
from accounts_app.operations.write_rates.charging import charge_rows
from events_app.runtime.crash import crash_point
from foundation.context import Actor, Provenance, use_provenance
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import draft_of_full, record_deletion
from tasks_app.errors import VersionMismatch
from tasks_app.models import Task, TrashJob
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.trash.removal import keep_slots, remove_rows
from tasks_app.queries.tasks import load_all_full
from tasks_app.queries.trash import running_trash_job, trashed_task, trashed_tasks

TASKS_PER_STEP: Final = 500
EMPTYING_SECONDS: Final = 0.5
_SWEEP: Final = Provenance(actor=Actor(type="system", id="trash"))


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many tasks went, or the job that removes them, if it takes one."""

    purged: int = 0
    job: TrashJob | None = None


def purge_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> None:
    """Remove a task that is in the trash for good, and record that it went.

    A repeat finds no task. Raises TaskNotFound, also for a live one, VersionMismatch.
    """
    with changing(by, at=at) as change:
        task = trashed_task(change.owner_id, task_id)
        if versions is not None and task.version not in versions:
            raise VersionMismatch(task.version)
        _purge(change, [task])


def empty_trash(*, by: User, at: datetime) -> Emptied:
    """Remove all that is in the trash for good; over 500 tasks a job does it, carried on by `run_trash_jobs`.

    What is deleted later stays. Repeating it while its job runs returns that job. Costs a write for each task, for more
    than one transaction holds what one holds. Raises TooManyWrites.
    """
    with changing(by, at=at) as change:
        job = running_trash_job(change.owner_id)
        if job is not None:
            return Emptied(job=job)
        total = trashed_tasks(change.owner_id).count()
        charge_rows(change.owner_id, min(total, TASKS_PER_STEP))
        if total > TASKS_PER_STEP:
            return Emptied(job=_create_job(change, total))
        return Emptied(purged=_purge(change, list(trashed_tasks(change.owner_id))))


def run_trash_jobs(*, seconds: float = EMPTYING_SECONDS) -> int:
    """Carry on emptying trashes in turn, 500 tasks a transaction, for about so long; return how many tasks went.

    Each goes on where it stopped; two sweeps at once share the work. One that fails is logged, counted and tried again
    by the next sweep, and holds up no other.
    """
    until, total = monotonic() + seconds, 0
    with use_provenance(_SWEEP):
        while (done := _one_round(lambda: monotonic() < until)) and monotonic() < until:
            total += done
        return total + done


def _create_job(change: Change, total: int) -> TrashJob:
    # The clock of whoever deleted them may be ahead.
    latest = trashed_tasks(change.owner_id).aggregate(deleted_at=Max("deleted_at"))["deleted_at"]
    return TrashJob.objects.create(owner_id=change.owner_id, total=total, upto=latest, created_at=change.at)


def _one_round(has_time: Callable[[], bool]) -> int:
    jobs = TrashJob.objects.filter(finished_at__isnull=True).order_by("id").values_list("id", "owner_id")
    return sum(run_isolated("trash", partial(_carry_on, *job)) for job in list(jobs) if has_time())


def _carry_on(job_id: int, owner_id: int) -> int:
    """Take one step of a job; return how many tasks went."""
    with changing(owner_id) as change:
        job = TrashJob.objects.get(pk=job_id)
        if job.finished_at is not None:
            return 0
        tasks = list(trashed_tasks(owner_id).filter(deleted_at__lte=job.upto)[:TASKS_PER_STEP])
        job.done += _purge(change, tasks)
        if len(tasks) < TASKS_PER_STEP:
            job.finished_at = change.at
        job.save(update_fields=["done", "finished_at"])
        crash_point("sweep.before_commit")
    crash_point("sweep.after_commit")
    return len(tasks)


def _purge(change: Change, tasks: Sequence[Task]) -> int:
    drafts = [draft_of_full(full) for full in load_all_full(tasks)]
    record_deletion(change, drafts, reason="purged")
    keep_slots(tasks)
    remove_rows([task.pk for task in tasks])
    return len(tasks)
