"""Celery shells of the sweeps: any of them may run twice, late or never; rows decide what is done."""

from celery import shared_task

from tasks_app.operations.reminders import fire_due_reminders
from tasks_app.operations.replan import run_replan_jobs


@shared_task(name="tasks_app.jobs.fire_due_reminders", ignore_result=True)
def fire_reminders() -> int:
    """Fire what is due; return how many."""
    return fire_due_reminders()


@shared_task(name="tasks_app.jobs.run_replan_jobs", ignore_result=True)
def replan() -> int:
    """Derive dues and reminders again after changes of zone; return how many tasks were looked at."""
    return run_replan_jobs()
