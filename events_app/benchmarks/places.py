"""The environment of a benchmark: its own databases, roles as processes, processes with other settings."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.errors import DevstackError
from devstack.paths import REPOSITORY
from events_app.transports.options import PARTITIONS

OURS = ("TODO_", "DAPR_", "APP_", "DJANGO_")
STOP_SECONDS = 20.0


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return this process' environment without settings of the platform, then `given`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) or name.startswith("TODO_DEVSTACK_")
    }
    common = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.local",
        "TODO_SECRET_KEY": "only for benchmarks, long enough to sign with HMAC SHA-256",
        "TODO_AUDIT_KEYS": "1:only-for-benchmarks-as-long-as-the-key-of-an-installation",
        "TODO_LOG_LEVEL": "ERROR",
        "TODO_REGISTRATIONS_PER_MINUTE": "1000000",
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **common, **given}


@contextmanager
def postgresql(stack: Stack) -> Iterator[dict[str, str]]:
    """Yield the environment of a new, migrated database of `stack`."""
    name = f"bench_{uuid4().hex[:10]}"
    try:
        made = environment({"TODO_DATABASE_URL": stack.create_database(name)})
        manage("migrate", "--skip-checks", "-v0", environment=made)
        yield made
    finally:
        stack.drop_database(name)


@contextmanager
def sqlite() -> Iterator[dict[str, str]]:
    """Yield the environment of a new, migrated database file."""
    with TemporaryDirectory(prefix="todo-bench-") as folder:
        path = Path(folder) / "todo.sqlite3"
        made = environment({"TODO_DATABASE_URL": f"sqlite:///{path}", "TODO_DATA_DIR": folder})
        manage("migrate", "--skip-checks", "-v0", environment=made)
        yield made


def services(*names: str) -> Stack | None:
    """Return the devstack with these services running, or None after saying loudly what is missing."""
    stack = Stack()
    try:
        stack.require(*names)
    except DevstackError as error:
        print(f"MISSING  {error}", file=sys.stderr, flush=True)
        return None
    return stack


def over_kafka(stack: Stack, *, behind: str = "kafka") -> dict[str, str]:
    """Return the variables of a platform on the stack's Kafka, with topics of its own, as many parts as usual.

    `behind` is the transport in front of it, `kafka` or `dapr`; with Dapr, roles need those of their sidecar too.
    """
    return {
        "TODO_TOPIC_PARTITIONS": str(PARTITIONS[behind]),
        "TODO_EVENT_TRANSPORT": "kafka",
        "TODO_KAFKA_BOOTSTRAP_SERVERS": stack.kafka.bootstrap_servers(),
        "TODO_TOPIC_PREFIX": f"bench-{uuid4().hex[:8]}-",
    }


@contextmanager
def sidecar(stack: Stack, app_id: str, topic_prefix: str, *, port: int) -> Iterator[Sidecar]:
    """Run daprd over the stack's Kafka during the block; it delivers to the application on `port`."""
    files = ("secretstore", "resiliency")
    options = SidecarOptions(
        "kafka", files=files, topic_prefix=topic_prefix, scheduler=False, log_level="error"
    )
    with Sidecar(app_id, port, stack=stack, options=options) as running:
        yield running


def manage(*arguments: str, environment: Mapping[str, str]) -> None:
    """Run a `manage.py` command to its end; raise CalledProcessError when it fails."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=dict(environment),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def side(module: str, *arguments: object, environment: Mapping[str, str]) -> Any:
    """Run `python -m module arguments…` with settings of its own; return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        env=dict(environment),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@dataclass
class Role:
    """A process of the platform; `cpu_seconds` is what it and its children used so far."""

    name: str
    process: "subprocess.Popen[bytes]"

    @property
    def cpu_seconds(self) -> float:
        return sum(_cpu_seconds(pid) for pid in self.pids)

    @property
    def pids(self) -> list[int]:
        """The process and all that it started, however deep."""
        return family(self.process.pid)

    def stop(self) -> None:
        """Send SIGTERM, and SIGKILL if it does not end in time."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def role(command: str, *arguments: str, environment: Mapping[str, str]) -> Iterator[Role]:
    """Run `manage.py command` during the block; its errors are shown."""
    with _process(["manage.py", command, *arguments], environment) as process:
        yield Role(command, process)


@contextmanager
def stamped_role(
    folder: Path, command: str, *arguments: str, environment: Mapping[str, str]
) -> Iterator[Role]:
    """Run `manage.py command` during the block; it notes its steps in `folder`: `events_app.benchmarks.stamps`."""
    stamped = ["-m", "events_app.benchmarks.stamps", str(folder), command, *arguments]
    with _process(stamped, environment) as process:
        yield Role(command, process)


@contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        Role("", process).stop()


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def _cpu_seconds(pid: int) -> float:
    """User and system time: fields 14 and 15 of proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
