"""The command line: parse, call the stack, print, answer with an exit code."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict

from devstack.dapr import Sidecar, SidecarOptions
from devstack.errors import DevstackError, MissingTool, UnknownService
from devstack.service import Status
from devstack.stack import ServiceOutcome, Stack

_OK, _FAILED, _USAGE, _DEGRADED = 0, 1, 2, 3

DESCRIPTION = """\
PostgreSQL, Redis, Kafka and Dapr's scheduler, started without containers on their own loopback ports.

All files are in .devstack (or TODO_DEVSTACK_DIR); builds are cached in ~/.cache/todo-devstack
(or TODO_DEVSTACK_CACHE). The first preparation may take minutes, later starts take seconds.
"""
EPILOG = """\
examples:
  python -m devstack up
  python -m devstack up postgresql redis
  python -m devstack run pytest -m services
  python -m devstack run --sidecar todo:8000 python manage.py up
  python -m devstack status --json
  python -m devstack down --purge

exit codes: 0 ok, 1 failed (with CI=true also when something is missing), 2 usage, 3 degraded
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    commands = {"up": _up, "down": _down, "status": _status, "run": _run}
    try:
        return commands[options.command](Stack(), options)
    except (UnknownService, ValueError) as error:
        print(error, file=sys.stderr)
        return _USAGE
    except DevstackError as error:
        print(error, file=sys.stderr)
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devstack",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="install, build and start what is missing")
    up.add_argument(
        "services", nargs="*", metavar="SERVICE", help="postgresql, redis, kafka, scheduler; default all"
    )
    down = commands.add_parser("down", help="stop what was started here")
    down.add_argument("services", nargs="*", metavar="SERVICE")
    down.add_argument("--purge", action="store_true", help="remove the data as well")
    status = commands.add_parser("status", help="print the state of each service")
    status.add_argument("--json", action="store_true", help="for programs")
    run = commands.add_parser(
        "run", help="up, then run a command with the services' addresses in its environment"
    )
    run.add_argument("--services", default="", metavar="A,B", help="start only these")
    run.add_argument("--secure", action="store_true", help="TODO_* name the listeners with TLS and passwords")
    run.add_argument("--down", action="store_true", help="stop everything afterwards")
    run.add_argument(
        "--sidecar",
        action="append",
        default=[],
        metavar="APP_ID:PORT",
        help="start a daprd beside the command",
    )
    run.add_argument(
        "--pubsub", choices=["kafka", "kafka-sasl", "redis"], default="kafka", help="for the sidecar"
    )
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="CMD", help="the command and its arguments")
    return parser


def _up(stack: Stack, options: argparse.Namespace) -> int:
    started = time.monotonic()
    code = _start(stack, options.services)
    _print_table(stack.status())
    print(f"\n{time.monotonic() - started:.1f} s; logs in {stack.home.directory / 'logs'}")
    return code


def _down(stack: Stack, options: argparse.Namespace) -> int:
    outcomes = stack.down(*options.services, purge=options.purge)
    _print_failures(outcome for outcome in outcomes if outcome.error)
    _print_table(stack.status())
    return _FAILED if any(outcome.error for outcome in outcomes) else _OK


def _status(stack: Stack, options: argparse.Namespace) -> int:
    rows = stack.status()
    if options.json:
        services = [asdict(row) for row in rows]
        print(json.dumps({"directory": str(stack.home.directory), "services": services}, indent=2))
    else:
        _print_table(rows)
    return _OK if all(row.condition == "OK" for row in rows) else _DEGRADED


def _run(stack: Stack, options: argparse.Namespace) -> int:
    argv = [part for index, part in enumerate(options.argv) if index or part != "--"]
    if not argv:
        raise UnknownService("run: name the command to run, such as: python -m devstack run pytest")
    sidecars = [_sidecar(stack, text, options) for text in options.sidecar]
    code = _start(stack, [name for name in options.services.split(",") if name])
    if code == _FAILED:
        return code
    env = {**os.environ, **stack.environment(secure=options.secure)}
    if not (sidecars or options.down):
        sys.stdout.flush()
        return _become(argv, env)
    with ExitStack() as cleanup:
        if options.down:
            cleanup.callback(stack.down)
        for sidecar in sidecars:
            cleanup.enter_context(sidecar)
            env |= sidecar.environment()
        return _call(argv, env)


def _sidecar(stack: Stack, text: str, options: argparse.Namespace) -> Sidecar:
    app_id, _, port = text.partition(":")
    if port and not port.isdigit():
        raise ValueError(f"--sidecar {text}: wanted APP_ID:PORT, such as todo:8000")
    chosen = SidecarOptions(options.pubsub, topic_prefix=os.environ.get("TODO_TOPIC_PREFIX", ""))
    return Sidecar(app_id, int(port) if port else None, stack=stack, options=chosen)


def _become(argv: list[str], env: dict[str, str]) -> int:
    """Replace this process by the command, so that it gets the signals and its exit code is ours."""
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606 -- what `run` is for
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        return _FAILED


def _call(argv: Sequence[str], env: dict[str, str]) -> int:
    """Run a command to its end; return its exit code. SIGTERM is forwarded; the terminal sends Ctrl-C to both."""
    try:
        process = subprocess.Popen(argv, env=env)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        return _FAILED
    signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _start(stack: Stack, names: Sequence[str]) -> int:
    """Start services and print failures; return the exit code. With CI=true a missing service is a failure."""
    outcomes = [outcome for outcome in stack.up(*names) if outcome.error]
    _print_failures(outcomes)
    if not outcomes:
        return _OK
    only_missing = all(isinstance(outcome.error, MissingTool) for outcome in outcomes)
    return _DEGRADED if only_missing and not in_ci() else _FAILED


def in_ci() -> bool:
    """Whether this runs in CI, where every service is required."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _print_failures(outcomes: Iterable[ServiceOutcome]) -> None:
    for outcome in outcomes:
        kind = "MISSING" if isinstance(outcome.error, MissingTool) else "FAILED"
        print(f"{kind}  {outcome.error}", file=sys.stderr)


def _print_table(rows: Sequence[Status]) -> None:
    width = max(len(row.name) for row in rows)
    for row in rows:
        ports = " ".join(f"{name}={port}" for name, port in row.ports.items())
        mend = f" -> {row.mend}" if row.mend else ""
        print(f"{row.name:<{width}}  {row.condition:<8} {row.detail or ports}{mend}")
