"""`manage.py web`: the REST API, the admin and the pages, on WSGI."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand, port_number, whole_number_from
from todo_project.health.readiness import receiver_roles_of_web
from todo_project.web.server import WebOptions, WebServer, port_or_default


class Command(OperatorCommand):
    """Serve until SIGTERM or Ctrl-C; running requests get ten seconds to finish.

    WebSockets are another role (`manage.py sockets`): synchronous code is much slower under ASGI.
    """

    help = "Serve REST, admin and pages with gunicorn."
    examples = "  manage.py web\n  manage.py web --host 0.0.0.0 --port 8000 --processes 2 --threads 4"

    def add_options(self, parser: CommandParser) -> None:
        """Declare address, processes and threads."""
        parser.add_argument("--host", default=settings.UP_HOST, help="address (default TODO_HOST)")
        parser.add_argument("--port", type=port_number, help="port (default TODO_PORT, or 8000)")
        parser.add_argument("--processes", type=whole_number_from(1, 1000), default=2, help="default 2")
        parser.add_argument(
            "--threads", type=whole_number_from(1, 1000), default=4, help="in each process, default 4"
        )
        parser.add_argument(
            "--max-requests",
            type=whole_number_from(0, 10**9),
            default=WebOptions.max_requests,
            help="after so many a process ends and another takes its place; 0: never, default 20000",
        )

        parser.add_argument(
            "--keepalive",
            type=whole_number_from(0, 86_400),
            default=WebOptions.keepalive_seconds,
            help="seconds that an idle connection is kept, default 75; longer than the proxy or load balancer keeps it",
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Run the server in this process."""
        WebServer(
            WebOptions(
                host=options["host"],
                port=port_or_default(options["port"]),
                processes=options["processes"],
                threads=options["threads"],
                max_requests=options["max_requests"],
                keepalive_seconds=options["keepalive"],
                roles=("web", *receiver_roles_of_web()),
            )
        ).run()
        return Exit.OK
