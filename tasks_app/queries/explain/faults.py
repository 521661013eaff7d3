"""What cannot go on by itself: for operators."""

from tasks_app.models import ReplanJob, Series


def stuck_series_count() -> int:
    """Return how many series wait for their next occurrence to become possible."""
    return Series.objects.filter(stuck_retry_at__isnull=False).count()


def tasks_left_behind() -> int:
    """Return how many tasks could not follow a change of their owner's zone; reads unfinished jobs alone."""
    jobs = ReplanJob.objects.filter(finished_at__isnull=True).values_list("failed", flat=True)
    return sum(len(failed) for failed in jobs)
