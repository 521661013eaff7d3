"""Set Dapr's jobs for the instants at which sweeps will have work."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag
from events_app.transports.base import TransportError


class Command(OperatorCommand):
    """Set one Dapr job per distinct instant of the next ten minutes, every minute, until SIGTERM or Ctrl-C.

    Run it with the sidecar of the process that serves /job/NAME: Dapr sends a job to the app that set it. Without
    it reminders fire too, up to five seconds later. Exit code 1 (with --once): Dapr is away.
    """

    help = "Set jobs in Dapr's scheduler from the rows."
    examples = """\
  manage.py dapr_jobs                every minute, until stopped
  manage.py dapr_jobs --once --json  once, and say how many"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare `--once`."""
        parser.add_argument("--once", action="store_true", help="set the jobs once and end")

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Set the jobs, once or until stopped."""
        if settings.EVENT_TRANSPORT != "dapr":
            self.refuse(
                f"the transport is {settings.EVENT_TRANSPORT} (TODO_EVENT_TRANSPORT): there is no scheduler."
            )
        # Imported here, so that commands that do not use Dapr need not load its client.
        from events_app.transports.job_loop import keep_jobs_set  # noqa: PLC0415

        if options["once"]:
            return self._plan_once()
        flag = StopFlag().listen()
        with prepared_role(flag.is_set) as is_prepared:
            if is_prepared:
                keep_jobs_set(flag.is_set, self._tell)
        return Exit.OK

    def _plan_once(self) -> Exit:
        from events_app.transports.dapr_jobs import JobPlanner  # noqa: PLC0415 - as above

        try:
            self._tell(JobPlanner.from_settings().plan())
        except TransportError as error:
            self.refuse(str(error), Exit.FAILED)
        return Exit.OK

    def _tell(self, jobs: int) -> None:
        self.say(f"{jobs} jobs set", jobs=jobs)
