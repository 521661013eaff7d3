"""Celery's shells of accounts."""

from celery import shared_task

from accounts_app.operations import expiry


@shared_task(name="accounts_app.jobs.remove_expired")
def remove_expired_job() -> int:
    """Delete what time has made worthless; return how many rows."""
    return expiry.remove_expired()
