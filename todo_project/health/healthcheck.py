"""`manage.py healthcheck`, with the standard library alone: it runs every few seconds beside each role."""

import argparse
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException

DEFAULT_SIDE_PORT = 8081
DEFAULT_PATH = "/livez"
_SECONDS = 2.0
_REFUSED = 1


def add_healthcheck_options(parser: argparse.ArgumentParser) -> None:
    """Declare the port and the path."""
    parser.add_argument(
        "path", nargs="?", default=DEFAULT_PATH, metavar="PATH", help=f"default {DEFAULT_PATH}"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_SIDE_PORT,
        help=f"the role's TODO_SIDE_PORT (default {DEFAULT_SIDE_PORT})",
    )


def run_healthcheck(arguments: Sequence[str]) -> int:
    """Ask as the arguments say; return 0, 1, or 2 for wrong usage."""
    parser = argparse.ArgumentParser("manage.py healthcheck", description=__doc__)
    add_healthcheck_options(parser)
    options = parser.parse_args(arguments)
    return ask_side_port(options.port, options.path)


def ask_side_port(port: int, path: str) -> int:
    """Return 0 when a role on this machine answers 200, else print why not and return 1."""
    connection = HTTPConnection("localhost", port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status == 200:
            return 0
        reason = f"{answer.status} {answer.read(500).decode(errors='replace')}"
    except (OSError, HTTPException, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    print(f"todo: localhost:{port}{path}: {reason}", file=sys.stderr)  # noqa: T201 - no logging without Django
    return _REFUSED
