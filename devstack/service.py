"""The base of all services: prepares, starts, stops, breaks and describes one process."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from devstack import tools
from devstack.certificates import OPENSSL, Certificates
from devstack.errors import MissingTool, ServiceFailed
from devstack.locking import file_lock
from devstack.ports import LOOPBACK, is_free
from devstack.process import Command, Process, spawn
from devstack.state import State
from devstack.tools import Tool
from devstack.waiting import wait_until

Condition = Literal["OK", "stopped", "unready", "missing"]
PORT_RELEASE_SECONDS = 5.0


@dataclass(frozen=True)
class Home:
    """A stack's folder, with the files that all its services share."""

    directory: Path

    @property
    def state(self) -> State:
        """Return the stack's stored state."""
        return State(self.directory)

    @property
    def certificates(self) -> Certificates:
        """Return the stack's authority and server certificate."""
        return Certificates(self.directory / "tls")

    def log(self, name: str) -> Path:
        """Return the log file of a service or sidecar."""
        return self.directory / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """Return the data folder of a service."""
        return self.directory / "data" / name


@dataclass(frozen=True)
class Endpoint:
    """Where a service listens: `port` for clients without TLS, and every port by its name."""

    host: str
    port: int
    ports: Mapping[str, int]

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Status:
    """One line of `status`: `mend` is the command that repairs it when `condition` is not OK."""

    name: str
    condition: Condition
    detail: str = ""
    mend: str = ""
    pid: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    log: str = ""


class Service(ABC):
    """One service of one stack. Every method may be repeated, and called by several processes at the same time."""

    name: ClassVar[str]
    port_names: ClassVar[tuple[str, ...]]
    tools: ClassVar[Sequence[Tool]] = ()
    uses_certificates: ClassVar[bool] = False
    build_notice: ClassVar[str] = ""
    stop_signal: ClassVar[int] = signal.SIGTERM
    stop_seconds: ClassVar[float] = 20
    start_seconds: ClassVar[float] = 60

    def __init__(self, home: Home) -> None:
        self.home = home

    @abstractmethod
    def command(self) -> Command:
        """Return what to run; called when ports are chosen and the data folder is initialised."""

    @abstractmethod
    def initialise(self) -> None:
        """Prepare the data folder; called before every start, so it must keep existing data."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the service answers its own protocol."""

    @abstractmethod
    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return the variables that `run` exports; with `secure`, `TODO_*` variables name encrypted listeners."""

    def finish_setup(self) -> None:  # noqa: B027 -- an optional hook
        """Finish the set-up that needs a running service; called after each start."""

    def build(self) -> None:
        """Fetch or compile what no Debian package has into the cache; not called when `is_built`."""
        raise NotImplementedError

    def is_built(self) -> bool:
        """Whether the result of `build` exists."""
        return True

    def required_tools(self) -> list[Tool]:
        """Return the tools that the machine must have; certificates need openssl, a finished build may need fewer."""
        return [*self.tools, OPENSSL] if self.uses_certificates else list(self.tools)

    def prepare(self) -> None:
        """Install and build what is missing; the first time it may take minutes, later nothing is left to do.

        Raises MissingTool or ServiceFailed.
        """
        tools.ensure(self.name, self.required_tools())
        if not self.is_built():
            print(f"{self.name}: {self.build_notice}", file=sys.stderr, flush=True)
            self.build()
        if self.uses_certificates:
            self.home.certificates.ensure()

    def start(self) -> None:
        """Prepare, start and wait until the service answers; when it runs already, only wait.

        Raises MissingTool, or ServiceFailed with the end of its log.
        """
        self.prepare()
        with file_lock(self.home.directory / "locks" / f"{self.name}.lock"):
            if self.process() is None:
                self._await_own_ports()
                self.home.state.ensure_ports(self.name, self.port_names)
                self.initialise()
                self._launch()
            self._wait_until_ready()
            self.finish_setup()

    def stop(self) -> bool:
        """Stop in order, with SIGKILL after `stop_seconds`; return whether it was running."""
        with file_lock(self.home.directory / "locks" / f"{self.name}.lock"):
            process = self.process()
            if process:
                process.stop(self.stop_signal, grace_seconds=self.stop_seconds)
                self.home.state.remember_process(self.name, None)
        return process is not None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal as a fault would; after SIGKILL, wait until the process is gone."""
        process = self._running()
        process.signal(number)
        if number == signal.SIGKILL and not wait_until(lambda: not process.is_alive(), seconds=10):
            raise ServiceFailed(self.name, "still runs 10 s after SIGKILL")

    def pause(self) -> None:
        """Stop all processes of the service with SIGSTOP: connections stay open, nothing answers."""
        self._running().pause()

    def resume(self) -> None:
        """Continue a paused service."""
        self._running().resume()

    def process(self) -> Process | None:
        """Return the running process, or None."""
        process = self.home.state.entry(self.name).process
        return process if process and process.is_alive() else None

    @property
    def ports(self) -> Mapping[str, int]:
        """Return the ports by name; they exist from the first start on, also while the service is stopped."""
        known = self.home.state.entry(self.name).ports
        if not known:
            raise ServiceFailed(self.name, "has never been started, so it has no ports yet")
        return known

    @property
    def password(self) -> str:
        """Return the password of this service in this stack."""
        return self.home.state.entry(self.name).password

    @property
    def log(self) -> Path:
        """Return the service's log file."""
        return self.home.log(self.name)

    @property
    def data(self) -> Path:
        """Return the service's data folder."""
        return self.home.data(self.name)

    def endpoint(self) -> Endpoint:
        """Return where the service listens, also while it is stopped."""
        return Endpoint(LOOPBACK, self.ports[self.port_names[0]], dict(self.ports))

    def missing(self) -> MissingTool | None:
        """Return an error for the first missing tool, without installing it, or None."""
        return tools.first_missing(self.name, self.required_tools())

    def status(self) -> Status:
        """Return the present status."""
        process, missing = self.process(), self.missing()
        mend = f"python -m devstack up {self.name}"
        entry = self.home.state.entry(self.name)
        if process is None and missing:
            return Status(self.name, "missing", detail=missing.reason, mend=missing.mend)
        if process is None:
            built = "not running" if self.is_built() else "not built yet"
            return Status(self.name, "stopped", detail=built, mend=mend, ports=entry.ports)
        if self.is_ready():
            return Status(self.name, "OK", pid=process.pid, ports=entry.ports, log=str(self.log))
        mend = f"python -m devstack down {self.name} && {mend}"
        detail = f"runs but does not answer, see {self.log}"
        return Status(self.name, "unready", detail, mend, process.pid, entry.ports, str(self.log))

    def purge(self) -> None:
        """Remove the data, ports and password of a stopped service."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.home.state.forget(self.name)

    def _await_own_ports(self) -> None:
        """Wait until the ports are free: after a kill -9, child processes may use them for a moment."""
        own = self.home.state.entry(self.name).ports.values()
        wait_until(lambda: all(map(is_free, own)), seconds=PORT_RELEASE_SECONDS)

    def _launch(self) -> None:
        process = spawn(self.command(), log=self.log)
        self.home.state.remember_process(self.name, process)

    def _running(self) -> Process:
        process = self.process()
        if process is None:
            raise ServiceFailed(self.name, "is not running")
        return process

    def _wait_until_ready(self) -> None:
        wait_until(lambda: self.process() is None or self.is_ready(), seconds=self.start_seconds)
        if self.process() is None:
            raise ServiceFailed(self.name, "ended while starting", log=self.log)
        if not self.is_ready():
            raise ServiceFailed(self.name, f"did not answer within {self.start_seconds:.0f} s", log=self.log)


def is_root() -> bool:
    """Whether this runs as root: then packages can be installed, and PostgreSQL needs another user."""
    return os.geteuid() == 0
