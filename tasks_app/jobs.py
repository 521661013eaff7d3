"""Celery shells of the sweeps: any of them may run twice, late or never; rows decide what is done."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from tasks_app.operations.completion import retry_stuck_series
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.series.missed import advance_series
from tasks_app.operations.tags.edit import run_tag_jobs
from tasks_app.operations.trash.trash import purge_trash

logger = logging.getLogger(__name__)


@shared_task(name="tasks_app.jobs.fire_due_reminders", ignore_result=True)
def fire_due_reminders_job() -> int:
    """Fire what is due; return how many."""
    return fire_due_reminders()


@shared_task(name="tasks_app.jobs.advance_series", ignore_result=True)
def advance_series_job() -> int:
    """Make next occurrences whose slot has begun, the open ones missed; return of how many series."""
    return advance_series()


@shared_task(name="tasks_app.jobs.retry_stuck_series", ignore_result=True)
def retry_stuck_series_job() -> int:
    """Try again to make next occurrences that could not be made; return how many could."""
    return retry_stuck_series()


@shared_task(name="tasks_app.jobs.run_replan_jobs", ignore_result=True)
def replan_job() -> int:
    """Derive dues and reminders again after changes of zone; return how many tasks were looked at."""
    return run_replan_jobs()


@shared_task(name="tasks_app.jobs.run_tag_jobs", ignore_result=True)
def apply_tags_job() -> int:
    """Bring changes of tags to more of their tasks; return how many."""
    return run_tag_jobs()


@shared_task(name="tasks_app.jobs.purge_trash", ignore_result=True)
def purge_trash_job() -> int:
    """Remove for good what has been in the trash for thirty days; return how many tasks."""
    return purge_trash()


def enqueue_tag_jobs() -> None:
    """Have a worker look now for a tag job; without a broker the sweeps find it within seconds."""
    try:
        apply_tags_job.delay()
    except OperationalError as error:
        logger.info("no broker to hurry a tag job: %s", error)
