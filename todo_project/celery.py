"""The Celery app: its jobs and its schedule are those of the table `settings/sweeps.py`.

Every job is a sweep over rows: it finds in the database what is due, so a message is only a wake-up. One that is
lost, late or twice changes nothing, and correctness depends on nothing here.
No ETA, no countdown, no results: Redis repeats what waits longer than its visibility timeout.
"""

import os
import ssl
from collections.abc import Collection
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")

QUEUES = ("sweeps", "deliveries", "jobs")
WAKE_UP_EXPIRES_SECONDS = 60  # a worker that comes back does not run a backlog of wake-ups


def beat_schedule(queues: Collection[str] = QUEUES) -> dict[str, dict[str, Any]]:
    """Return the schedule as Celery beat wants it, as far as it is for these queues."""
    return {
        spec.name: {
            "task": spec.job,
            "schedule": spec.beat_seconds,
            "options": {"queue": spec.queue, "expires": WAKE_UP_EXPIRES_SECONDS},
        }
        for spec in settings.EVENT_SWEEPS
        if spec.beat_seconds and spec.queue in queues
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


app = Celery("todo")
app.set_default()  # else only the thread that imports this would send to our broker
app.conf.update(
    **broker_options(),
    timezone="UTC",
    beat_schedule=beat_schedule(),
    beat_scheduler="todo_project.health.celery_heartbeats:DatabaseScheduler",
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
app.steps["worker"].add("todo_project.health.celery_heartbeats:WorkerHeartbeat")


def register_job(sweep: str, job: str) -> None:
    """Let Celery run a sweep under the name of its job, which messages and the stored schedule carry.

    It has no time limit, which would end long work as well: what hangs is a matter of the watchdog's.
    """

    def run() -> None:
        # Celery's command line imports this module before the apps are ready.
        from events_app.consumers import registry  # noqa: PLC0415

        registry.run_sweep(sweep)

    app.task(name=job)(run)


for spec in settings.EVENT_SWEEPS:
    register_job(spec.name, spec.job)


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Leave logging as settings have it: with a receiver here, Celery sets up none of its own."""
