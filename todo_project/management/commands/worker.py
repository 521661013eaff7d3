"""`manage.py worker`: a Celery worker for the sweeps, deliveries and jobs."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from todo_project.celery import QUEUES, app


class Command(BaseCommand):
    """Run a worker until SIGTERM or Ctrl-C; jobs that run are finished first (a second signal ends them)."""

    help = __doc__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the examples' line breaks."""
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which queues, how many processes."""
        parser.add_argument("queues", nargs="*", choices=[*QUEUES, []], help="queues to serve; none: all")
        parser.add_argument("--processes", type=int, default=2, help="jobs at a time (default 2)")

    def handle(self, **options: Any) -> None:
        """Become the worker."""
        queues = ",".join(options["queues"] or QUEUES)
        app.worker_main(
            ["worker", "--queues", queues, "--concurrency", str(options["processes"]), "--without-gossip"]
        )


EXAMPLES = """examples:
  manage.py worker                            every queue
  manage.py worker sweeps --processes 1       only what must be on time
  manage.py worker deliveries jobs            the rest
The same as `celery -A todo_project worker --queues …`.
"""
