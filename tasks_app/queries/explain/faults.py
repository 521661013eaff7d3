"""Counts of series and tasks that wait for a retry or an operator."""

from tasks_app.models import ReplanJob, Series


def stuck_series_count() -> int:
    """Return the number of stuck series: their next occurrence could not be made."""
    return Series.objects.filter(stuck_retry_at__isnull=False).count()


def tasks_left_behind() -> int:
    """Return the number of tasks that could not follow a change of their owner's zone, from unfinished jobs only."""
    jobs = ReplanJob.objects.filter(finished_at__isnull=True).values_list("failed", flat=True)
    return sum(len(failed) for failed in jobs)
