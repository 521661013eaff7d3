"""Celery's shells of notifications."""

from celery import shared_task

from notifications_app.operations import deliveries

JOB_BUDGET_SECONDS = 5.0


@shared_task(name="notifications_app.jobs.send_due_deliveries")
def send_due_deliveries() -> int:
    """Show what quiet hours held and send what is due, for 5 s at most; return how many had an outcome."""
    return deliveries.send_due_deliveries(budget_seconds=JOB_BUDGET_SECONDS)
