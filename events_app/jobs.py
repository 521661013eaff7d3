"""Celery's shells of the event core."""

from celery import shared_task

from events_app.consumers import reconcile as reconciling


@shared_task(name="events_app.jobs.reconcile")
def reconcile_job() -> None:
    """Advance every live consumer that is behind; the relay's loop does the same."""
    reconciling.reconcile()
