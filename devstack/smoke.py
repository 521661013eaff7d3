#!/usr/bin/env python3
"""Use a deployed platform as a person does, within a minute: `python3 devstack/smoke.py https://todo.example`.

It signs in, creates a recurring task with a reminder (twice, with one key), waits for the reminder, completes the task,
waits for the next occurrence, compares what the socket showed, verifies the audit trail, asks for what no stranger may
reach, and removes what it made. It needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devstack.plain_socket import PlatformAddress
from devstack.smoke_client import NoWayIn, SmokeClient, SmokeFailed
from devstack.smoke_steps import SmokeTest

_OK, _FAILED, _USAGE = 0, 1, 2
_EPILOG = """\
SMOKE_USER and SMOKE_PASSWORD name an account without a second factor. Where registration is open none is needed: one is
registered, and deleted in the end.

exit codes: 0 all is well, 1 a step failed, 2 usage, also when there is no account
"""


def run_smoke(smoke: SmokeTest) -> int:
    """Run the steps, then clean up whatever happened; print a line for each; return the exit code."""
    code = _run_steps([*smoke.steps])
    tidied = _run_steps([("remove what was made", smoke.clean_up)])
    return code or tidied


def _run_steps(steps: Sequence[tuple[str, Callable[[], None]]]) -> int:
    for title, step in steps:
        began = time.monotonic()
        try:
            step()
        except (SmokeFailed, TimeoutError, KeyError, TypeError, ValueError) as error:
            told = str(error) if isinstance(error, SmokeFailed | TimeoutError) else _shape(error)
            print(f"FAILED  {title}: {told}.", file=sys.stderr, flush=True)
            return _USAGE if isinstance(error, NoWayIn) else _FAILED
        print(f"ok      {title} ({time.monotonic() - began:.2f} s)", flush=True)
    return _OK


def _shape(error: Exception) -> str:
    return (
        f"an answer without {error}"
        if isinstance(error, KeyError)
        else f"an answer of another shape ({error})"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, return the exit code."""
    parser = argparse.ArgumentParser(
        prog="devstack/smoke.py",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", type=_url, help="such as https://todo.example")
    parser.add_argument(
        "--connect", type=_address, metavar="HOST:PORT", help="connect there: a forwarded port"
    )
    parser.add_argument(
        "--direct", action="store_true", help="no proxy is in front: ask for no internal path"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="for everything; default 60")
    options = parser.parse_args(arguments)
    account = os.environ.get("SMOKE_USER", ""), os.environ.get("SMOKE_PASSWORD", "")
    if bool(account[0]) != bool(account[1]):
        parser.error("set both SMOKE_USER and SMOKE_PASSWORD, or neither")
    client = SmokeClient(PlatformAddress(options.url, options.connect), seconds=options.seconds)
    return run_smoke(
        SmokeTest(client, account=account if account[0] else None, asks_internal=not options.direct)
    )


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as https://todo.example")
    return f"{parts.scheme}://{parts.netloc}"


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main())
