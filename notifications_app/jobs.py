"""Celery's shells of notifications."""

from celery import shared_task

from notifications_app.operations import account_mails, deliveries, quiet


@shared_task(name="notifications_app.jobs.send_due_deliveries")
def send_due_deliveries_job() -> int:
    """Send what is due, mails about accounts first, each for two seconds and the message that is under way then.

    Return how many had an outcome.
    """
    return account_mails.send_account_mails() + deliveries.send_due_deliveries()


@shared_task(name="notifications_app.jobs.release_held_notifications")
def release_held_notifications_job() -> int:
    """Show what quiet hours held; return how many notifications."""
    return quiet.release_held_notifications()
