"""Tag jobs need not wait for the next sweep where Celery's broker is there."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_tag_jobs() -> None:
    """Have a worker look now for a tag job; without a broker the sweeps find it within seconds."""
    try:
        current_app.send_task("tasks_app.jobs.run_tag_jobs")
    except OperationalError as error:
        logger.info("no broker to hurry a tag job: %s", error)
