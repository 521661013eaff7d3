"""Replanning after a change of zone: floating dues, days and their reminders are derived again, in chunks."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Q

from events_app.runtime.time_slices import is_time_up
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import database_now
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, draft_of_full, save
from tasks_app.editing.unrecorded import write_derived
from tasks_app.models import ReplanJob, Series, Task
from tasks_app.operations.isolation import retry_after, run_isolated
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.slot_times import write_slot_times
from tasks_app.queries.tasks import load_all_full
from tasks_app.values.dues import derive_instants

_TASKS_PER_TRANSACTION: Final = 200
_SWEEP = Provenance(actor=Actor(type="system", id="replan"))


def request_replan(owner_id: int, *, event_seq: int) -> None:
    """Insert the job that derives again what follows the owner's zone. Repeating changes nothing.

    The job uses the zone of the moment at which it runs, so jobs of earlier changes are finished here: one job runs,
    however often the zone changes.
    """
    with changing(owner_id) as change:
        job = ReplanJob(owner_id=owner_id, event_seq=event_seq, created_at=change.at)
        ReplanJob.objects.bulk_create([job], ignore_conflicts=True)
        earlier = ReplanJob.objects.filter(owner_id=owner_id, event_seq__lt=event_seq, finished_at=None)
        earlier.update(finished_at=change.at)


def run_replan_jobs() -> int:
    """Run all replan jobs; return how many tasks were read.

    A job continues where it stopped; two runs at once share the work. A job that fails is logged and counted, is
    retried by the next sweep and holds up no other. A task that cannot follow is retried after growing waits.
    """
    is_time = Q(retry_at__isnull=True) | Q(retry_at__lte=database_now())
    jobs = (
        ReplanJob.objects.filter(is_time, finished_at__isnull=True)
        .order_by("id")
        .values_list("id", "owner_id")
    )
    with use_provenance(_SWEEP):
        return sum(run_isolated("replan", partial(_run_job, *job)) for job in list(jobs) if not is_time_up())


def _run_job(job_id: int, owner_id: int) -> int:
    total = 0
    while True:
        with changing(owner_id) as change:
            job = ReplanJob.objects.get(pk=job_id)
            done = 0 if job.finished_at else _run_chunk(change, job)
        total += done
        if not done or is_time_up():
            return total


def _run_chunk(change: Change, job: ReplanJob) -> int:
    following = Task.objects.filter(owner_id=job.owner_id, id__gt=job.position)
    tasks = list(
        following.filter(due_date__isnull=False, time_zone="").order_by("id")[:_TASKS_PER_TRANSACTION]
    )
    if tasks:
        job.position = tasks[-1].pk
        job.failed += _replan_each(change, tasks)
    else:
        _finish_or_wait(change, job)
    job.save()
    return len(tasks)


def _finish_or_wait(change: Change, job: ReplanJob) -> None:
    """Retry the tasks that could not follow; without any left the job is finished."""
    failed = Task.objects.filter(owner_id=job.owner_id, pk__in=job.failed).order_by("id")
    job.failed = _replan_each(change, list(failed))
    following = Series.objects.filter(owner_id=job.owner_id, time_zone="", advance_at__isnull=False)
    write_slot_times(change, list(following.values_list("pk", flat=True)))
    if not job.failed:
        job.finished_at = change.at
        return
    job.attempts += 1
    job.retry_at = change.at + retry_after(job.attempts)


def _replan_each(change: Change, tasks: Sequence[Task]) -> list[int]:
    """Derive tasks again, each in a savepoint; return the ids of those that failed."""
    drafts = [draft_of_full(full) for full in load_all_full(tasks)]
    return [
        draft.task.pk for draft in drafts if not run_isolated("replan", partial(_replan_one, change, draft))
    ]


def _replan_one(change: Change, draft: Draft) -> int:
    with transaction.atomic():
        replan_draft(change, draft)
    return 1


def replan_draft(change: Change, draft: Draft) -> None:
    """Derive the instants of a task and its reminders again; record an event only if clients read a difference."""
    task, was_untouched = draft.task, draft.task.is_untouched
    derive_instants(task, user_zone=change.zone)
    if task.is_live:
        plan_all(change, draft, catches_up=True)
    shows = draft.changed_reminders or draft.lasting_row() != draft.stored
    if not shows or not task.is_live:
        write_derived(draft)
        return
    # The platform changed the row, not a person: it still counts as untouched.
    draft.by_rule = was_untouched
    if was_untouched:
        task.rule_version = task.version + 1
    save(change, draft)
