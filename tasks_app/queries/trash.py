"""Tasks of one user that are in the trash, and the job that empties it."""

from django.db.models import QuerySet

from tasks_app.errors import TaskNotFound, TrashJobNotFound
from tasks_app.models import MISSED, Task, TrashJob


def trashed_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks in the trash, by id: neither what was withdrawn nor what was missed."""
    rows = Task.objects.filter(~MISSED, owner_id=user_id, deleted_at__isnull=False, withdrawn=False)
    return rows.order_by("id")


def trashed_task(user_id: int, task_id: int) -> Task:
    """Return one task of the user that is in the trash. Raises TaskNotFound."""
    task = trashed_tasks(user_id).filter(pk=task_id).first()
    if task is None:
        raise TaskNotFound
    return task


def running_trash_job(user_id: int) -> TrashJob | None:
    """Return the job that empties the user's trash, if there is one."""
    return TrashJob.objects.filter(owner_id=user_id, finished_at__isnull=True).first()


def trash_job_of(user_id: int, job_id: int) -> TrashJob:
    """Return one job of the user. Raises TrashJobNotFound."""
    job = TrashJob.objects.filter(owner_id=user_id, pk=job_id).first()
    if job is None:
        raise TrashJobNotFound
    return job
