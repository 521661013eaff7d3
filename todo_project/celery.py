"""The Celery app, and the whole schedule on one page.

Every job is a sweep over rows: it finds in the database what is due, so a message is only a wake-up. One that is
lost, late or twice changes nothing, and nothing here correctness depends on: the relay's loop runs the same
sweeps more rarely. Only `deliveries` is for workers, or `manage.py deliver`, alone: it waits for the world outside.
No ETA, no countdown, no results: Redis repeats what waits longer than its visibility timeout.
"""

import os
import ssl
from collections.abc import Collection
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from django.conf import settings
from kombu import Queue

from events_app.runtime.watchdog import WatchedWork, name_work

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")

QUEUES = ("sweeps", "deliveries", "jobs")
WAKE_UP_EXPIRES_SECONDS = 60  # a worker that comes back does not run a backlog of wake-ups

# name: (job, seconds between two, queue)
SCHEDULE = {
    "reminders": ("tasks_app.jobs.fire_due_reminders", 1.0, "sweeps"),
    "reconcile": ("events_app.jobs.reconcile", 2.0, "sweeps"),
    "quiet_hours": ("notifications_app.jobs.release_held_notifications", 2.0, "sweeps"),
    "deliveries": ("notifications_app.jobs.send_due_deliveries", 2.0, "deliveries"),
    "advance": ("tasks_app.jobs.advance_series", 1.0, "sweeps"),
    "series": ("tasks_app.jobs.retry_stuck_series", 5.0, "jobs"),
    "replan": ("tasks_app.jobs.run_replan_jobs", 2.0, "jobs"),
    "tags": ("tasks_app.jobs.run_tag_jobs", 1.0, "jobs"),
    "trash": ("tasks_app.jobs.purge_trash", 60.0, "jobs"),
    "audit": ("audit_app.jobs.verify_round", 10.0, "jobs"),
    "expiry": ("accounts_app.jobs.remove_expired", 60.0, "jobs"),
}


def beat_schedule(queues: Collection[str] = QUEUES) -> dict[str, dict[str, Any]]:
    """Return the schedule as Celery beat wants it, as far as it is for these queues."""
    return {
        name: {
            "task": job,
            "schedule": seconds,
            "options": {"queue": queue, "expires": WAKE_UP_EXPIRES_SECONDS},
        }
        for name, (job, seconds, queue) in SCHEDULE.items()
        if queue in queues
    }


def broker_options() -> dict[str, Any]:
    """Return how to reach the broker: Redis when one is set, else memory shared by the threads of one process."""
    if not settings.REDIS_URL:
        # The default of a second would add half of it to every job.
        return {"broker_url": "memory://localhost/", "broker_transport_options": {"polling_interval": 0.05}}
    options: dict[str, Any] = {
        "broker_url": settings.REDIS_URL,
        # A Redis that went away without a word is noticed, by workers as by those who publish.
        "broker_transport_options": {
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
            "socket_keepalive": True,
            "visibility_timeout": 3600,
        },
    }
    if settings.REDIS_URL.startswith("rediss://"):
        options["broker_use_ssl"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, **settings.REDIS_TRUST}
    return options


class WatchedTask(Task):  # type: ignore[type-arg] # generic in Celery's stubs alone
    """A job under the eyes of the watchdog, which ends the worker's process where the job hangs.

    Celery's own time limits would end long work as well, and could not tell which event it was at.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the job."""
        with name_work(WatchedWork(f"job:{self.name}")):
            return super().__call__(*args, **kwargs)


app = Celery("todo", task_cls=WatchedTask)
app.conf.update(
    **broker_options(),
    timezone="UTC",
    beat_schedule=beat_schedule(),
    beat_scheduler="todo_project.celery_heartbeats:DatabaseScheduler",
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="jobs",
    task_create_missing_queues=False,
    task_ignore_result=True,
    # Acknowledged when taken: a job that dies is found in the rows by the next sweep, sooner than by redelivery.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    task_publish_retry=False,  # `.delay()` hurries; it must not hang a request while Redis is away
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
)
app.autodiscover_tasks(related_name="jobs")
app.steps["worker"].add("todo_project.celery_heartbeats:WorkerHeartbeat")


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Leave logging as settings have it: with a receiver here, Celery sets up none of its own."""
