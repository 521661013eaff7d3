"""Starting tag jobs at once, where Celery has a broker."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_tag_jobs() -> None:
    """Enqueue a run of tag jobs for a worker; without a broker the sweeps find the jobs within seconds."""
    try:
        current_app.send_task("tasks_app.jobs.run_tag_jobs")
    except OperationalError as error:
        logger.info("no broker to hurry a tag job: %s", error)
