"""The Celery app: its jobs and its schedule come from the table in `settings/sweeps.py`.

Every job is a sweep: it finds the due rows in the database, so a message only wakes it. A message that is lost, late or
repeated changes nothing, and correctness does not depend on Celery.
No ETA, no countdown, no results: Redis repeats messages that wait longer than its visibility timeout.
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
WAKE_UP_EXPIRES_SECONDS = 60  # a worker that was away does not run a backlog of wake-ups


def beat_schedule(queues: Collection[str] = QUEUES) -> dict[str, dict[str, Any]]:
    """Return the entries of these queues as Celery beat's `beat_schedule`."""
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
    """Return the broker settings: Redis when `REDIS_URL` is set, else memory shared by the threads of one process."""
    if not settings.REDIS_URL:
        # The default of one second would delay each job by half a second on average.
        return {"broker_url": "memory://localhost/", "broker_transport_options": {"polling_interval": 0.05}}
    options: dict[str, Any] = {
        "broker_url": settings.REDIS_URL,
        # Workers and publishers notice a Redis that vanished without closing its connections.
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
app.set_default()  # otherwise only the importing thread would send to our broker
app.conf.update(
    **broker_options(),
    timezone="UTC",
    beat_schedule=beat_schedule(),
    beat_scheduler="todo_project.health.celery_heartbeats:DatabaseScheduler",
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="jobs",
    task_create_missing_queues=False,
    task_ignore_result=True,
    # Acknowledge early: when a job dies, the next sweep finds its rows sooner than Redis would redeliver the message.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    task_publish_retry=False,  # `.delay()` is only a hint; it must not block a request while Redis is away
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
)
app.conf.worker_consumer = "todo_project.health.celery_heartbeats:PatientConsumer"
app.steps["worker"].add("todo_project.health.celery_heartbeats:WorkerHeartbeat")


def register_job(sweep: str, job: str) -> None:
    """Register a sweep with Celery under the name of its job, which messages and the stored schedule contain.

    Jobs have no time limit, which would also end long work. The watchdog ends a process that hangs.
    """

    def run() -> None:
        # Celery's command line imports this module before Django's apps are ready.
        from events_app.consumers import registry  # noqa: PLC0415

        registry.run_sweep(sweep, waker="celery")

    app.task(name=job)(run)


for spec in settings.EVENT_SWEEPS:
    register_job(spec.name, spec.job)


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Keep the logging of the settings: with a receiver of this signal, Celery does not set up its own."""
