"""`manage.py receive`: take events, jobs and bindings from a Dapr sidecar."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.consumers.hosting import NoSuchHost, host_consumers, split_by_topics, without_topics
from events_app.consumers.registration import register_when_possible
from events_app.consumers.registry import prepare_consumers
from events_app.operating.commands import Exit, OperatorCommand, port_number, whole_number_from
from events_app.runtime.essentials import wait_for_essentials
from events_app.runtime.role_frame import role_answers, side_port
from events_app.runtime.stop_flag import StopFlag
from todo_project.health.readiness import receiver_roles
from todo_project.web.server import WebOptions, WebServer, arbiter_pulse, require_address


def served_paths(*, sweeps: bool) -> tuple[str, ...]:
    """Return the paths of a receiver. Each kind has its own: Dapr fires the cron binding at all who answer OPTIONS."""
    own = ("/dapr/subscribe", *settings.SWEEP_PATHS) if sweeps else settings.EVENT_PATHS
    return (*settings.PROBE_PATHS, *own)


class Command(OperatorCommand):
    """Serve what a Dapr sidecar calls, and nothing else, until SIGTERM or Ctrl-C.

    Give each consumer an app id, a sidecar and a process of its own: Dapr takes the Kafka group from the app id. Any
    number of processes may share an app id. `--sweeps` takes jobs, the cron binding and wake-ups instead of events.
    It listens once the database has the tables of this release. Running calls get ten seconds to finish.
    Exit code 2: the transport is not dapr, or there is no such consumer.
    """

    help = "Receive from a Dapr sidecar for one or several consumers, or for the sweeps."
    examples = """\
  manage.py receive audit                   one consumer: app id todo-audit
  manage.py receive notifications realtime  two behind one sidecar
  manage.py receive --sweeps                jobs and reminder-cron: app id todo-sweeps, beside dapr_jobs"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare the names, `--sweeps`, address, processes and threads."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="consumers of settings.EVENT_CONSUMERS")
        parser.add_argument("--sweeps", action="store_true", help="jobs and bindings, no events")
        parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1: the sidecar's)")
        parser.add_argument("--port", type=port_number, default=8000, help="default 8000")
        parser.add_argument("--processes", type=whole_number_from(1, 1000), default=1, help="default 1")
        parser.add_argument(
            "--threads", type=whole_number_from(1, 1000), default=4, help="in each process, default 4"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Check the names, then serve until stopped."""
        names = self._names(options["names"], sweeps=options["sweeps"])
        self._check_settings()
        require_address(options["host"], options["port"])
        host_consumers(names)
        prepare_consumers(names)
        server = WebServer(
            WebOptions(
                host=options["host"],
                port=options["port"],
                processes=options["processes"],
                threads=options["threads"],
                roles=receiver_roles(names, sweeps=options["sweeps"]),
                paths=served_paths(sweeps=options["sweeps"]),
            )
        )
        self._serve(server, StopFlag().listen())
        return Exit.OK

    def _serve(self, server: WebServer, flag: StopFlag) -> None:
        answers = dict(role_answers([arbiter_pulse]))
        with side_port(answers):
            if not wait_for_essentials(flag.is_set):
                return
            register_when_possible(flag.is_set)
            answers.update(server.side_answers())
            if not flag.is_set():
                server.serve()

    def _check_settings(self) -> None:
        if settings.EVENT_TRANSPORT != "dapr":
            self.refuse(
                f"the transport is {settings.EVENT_TRANSPORT} (TODO_EVENT_TRANSPORT): no sidecar calls."
            )
        if settings.ROUTES == "public":
            self.refuse("TODO_ROUTES is public, which leaves out all that a receiver serves.")

    def _names(self, names: Sequence[str], *, sweeps: bool) -> list[str]:
        if sweeps:
            if names:
                self.refuse("--sweeps takes no events: start another process for consumers.")
            return []
        try:
            served, silent = split_by_topics(names, otherwise="--sweeps")
        except NoSuchHost as error:
            self.refuse(str(error))
        if silent:
            self.stderr.write(f"todo: {without_topics(silent)}")
        return served
