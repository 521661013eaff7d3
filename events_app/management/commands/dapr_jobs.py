"""Set Dapr's jobs for the instants at which sweeps will have work."""

from collections.abc import Mapping, Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime import heartbeats
from events_app.runtime.engine import Chore
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag
from events_app.runtime.watchdog import report_turn, watch_loop
from events_app.transports.base import TransportError

if TYPE_CHECKING:
    from events_app.transports.dapr_jobs import JobPlanner

LOOK_SECONDS = 0.2
ROLE = "dapr-jobs"


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
        from events_app.transports.dapr_jobs import EVERY_SECONDS, JobPlanner  # noqa: PLC0415

        planner = JobPlanner.from_settings()
        if options["once"]:
            return self._plan_once(planner)
        chores = (
            Chore("plan", lambda: self._plan(planner), every_seconds=EVERY_SECONDS),
            Chore("heartbeat", lambda: heartbeats.beat(ROLE), every_seconds=heartbeats.BEAT_SECONDS),
        )
        flag = StopFlag().listen()
        with prepared_role(flag.is_set) as is_prepared:
            if is_prepared:
                self._run_until_stopped(chores, flag)
        return Exit.OK

    def _run_until_stopped(self, chores: Sequence[Chore], flag: StopFlag) -> None:
        with watch_loop(f"the loop of {ROLE}"):
            while not flag.is_set():
                report_turn()
                for chore in chores:
                    chore.run_if_due(monotonic())
                sleep(LOOK_SECONDS)
        heartbeats.retire(ROLE)

    def _plan_once(self, planner: "JobPlanner") -> Exit:
        try:
            self._plan(planner)
        except TransportError as error:
            self.refuse(str(error), Exit.FAILED)
        return Exit.OK

    def _plan(self, planner: "JobPlanner") -> None:
        jobs = planner.plan()
        self.say(f"{jobs} jobs set", jobs=jobs)
