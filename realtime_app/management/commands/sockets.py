"""`manage.py sockets`: serve WebSockets and probes with daphne: the `sockets` role."""

import signal
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from events_app.runtime.role_frame import role_answers, side_port
from realtime_app.server.socket_server import ListenFailed, SocketServer


class Command(BaseCommand):
    """Serve until SIGTERM or Ctrl-C, which closes sockets with 1012 and ends within 8 seconds.

    Exit codes: 0 stopped, 2 cannot listen on the address, or wrong usage.
    """

    help = __doc__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Return a parser that keeps the line breaks of the examples."""
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the address and port."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8001, help="port (default 8001; 0: a free one)")

    def handle(self, **options: Any) -> None:
        """Run the server until it is stopped."""
        # Both from the settings: an app must not import the project.
        server = SocketServer(
            import_string(settings.ASGI_APPLICATION),
            import_string(settings.PROBES_APPLICATION),
            host=options["host"],
            port=options["port"],
            on_ready=lambda: self._announce(server),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.stop())
        try:
            with side_port(role_answers([server.pulse])):
                server.run()
        except ListenFailed as error:
            self.stderr.write(f"todo: {error}")
            raise SystemExit(2) from None

    def _announce(self, server: SocketServer) -> None:
        host, port = server.address
        self.stdout.write(f"Serving sockets on http://{f'[{host}]' if ':' in host else host}:{port}")
        self.stdout.flush()


EXAMPLES = """examples:
  manage.py sockets                              on 127.0.0.1:8001
  manage.py sockets --host 0.0.0.0 --port 8001   in a container
With more than one process, set TODO_REDIS_URL: pushes reach the other processes through it. Without, their
sockets are up to two seconds late.
"""
