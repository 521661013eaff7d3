"""`manage.py worker`: a Celery worker for the sweeps, deliveries and jobs."""

import logging
from collections.abc import Mapping
from typing import Any

from celery.apps import worker as celery_worker
from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand, whole_number_from
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag
from todo_project.celery import QUEUES, app
from todo_project.health.celery_heartbeats import worker_pulse

logger = logging.getLogger(__name__)


class Command(OperatorCommand):
    """Run jobs until SIGTERM or Ctrl-C; running jobs are finished first. Any number of workers may run.

    The same as `celery -A todo_project worker --queues …`.
    """

    help = "Run a Celery worker."
    examples = (
        "  manage.py worker                           every queue\n"
        "  manage.py worker sweeps --processes 1      only the sweeps that must be on time\n"
        "  manage.py worker sweeps jobs               all but those that wait for servers outside\n"
        "  manage.py worker deliveries                only these: a slow mail server delays nothing else"
    )

    def add_options(self, parser: CommandParser) -> None:
        """Declare the queues and the number of processes."""
        parser.add_argument("queues", nargs="*", metavar="QUEUE", help=f"{', '.join(QUEUES)}; default: all")
        parser.add_argument(
            "--processes", type=whole_number_from(1, 1000), default=2, help="jobs at a time (default 2)"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Run the worker in this process."""
        unknown = sorted(set(options["queues"]) - set(QUEUES))
        if unknown:
            self.refuse(f"there is no queue {', '.join(unknown)}; there are {', '.join(QUEUES)}")
        queues = ",".join(options["queues"] or QUEUES)
        concurrency = str(options["processes"])
        flag, patience = StopFlag().listen(), settings.HANG_ENDS_PROCESS_SECONDS
        with prepared_role(flag.is_set, pulses=[worker_pulse], hang_seconds=patience) as is_prepared:
            if is_prepared:
                celery_worker.safe_say = _log  # type: ignore[attr-defined] # which writes beside `sys.stdout`, from a signal handler
                app.worker_main(
                    [
                        "--quiet",
                        "worker",
                        "--queues",
                        queues,
                        "--concurrency",
                        concurrency,
                        "--without-gossip",
                    ]
                )
        return Exit.OK


def _log(message: str, *_: object) -> None:
    logger.warning(message)
