"""What all services have in common: prepare, start, stop, break and describe one process."""

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
    """A stack's folder and what all its services share in it."""

    directory: Path

    @property
    def state(self) -> State:
        """What the stack remembers."""
        return State(self.directory)

    @property
    def certificates(self) -> Certificates:
        """The stack's own authority and server certificate."""
        return Certificates(self.directory / "tls")

    def log(self, name: str) -> Path:
        """Where the output of a service or sidecar goes."""
        return self.directory / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """Where the data of a service lies."""
        return self.directory / "data" / name


@dataclass(frozen=True)
class Endpoint:
    """Where a service listens: `port` for clients in the clear, and every port by its name."""

    host: str
    port: int
    ports: Mapping[str, int]

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Status:
    """One line of `status`: `mend` is the command that helps when `condition` is not OK."""

    name: str
    condition: Condition
    detail: str = ""
    mend: str = ""
    pid: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    log: str = ""


class Service(ABC):
    """One service of one stack. Everything here may be repeated, and done by several processes at once."""

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
        """What to run; ports are settled and the data folder is initialised by then."""

    @abstractmethod
    def initialise(self) -> None:
        """Lay out the data folder before a start; called each time, so look before doing."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the service answers its own protocol now."""

    @abstractmethod
    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """What `run` exports about this service; `secure`: the application's variables ask for encryption."""

    def greet(self) -> None:  # noqa: B027 -- a hook, not a duty
        """Finish the set-up that needs the service running; called after each start."""

    def build(self) -> None:
        """Fetch or compile what no package brings, into the cache; not called while `is_built`."""
        raise NotImplementedError

    def is_built(self) -> bool:
        """Whether `build` has nothing to do."""
        return True

    def required_tools(self) -> list[Tool]:
        """What the machine must have: certificates need one more, a finished build may need fewer."""
        return [*self.tools, OPENSSL] if self.uses_certificates else list(self.tools)

    def prepare(self) -> None:
        """Install and build what is missing; minutes the first time, then nothing.

        Raises MissingTool or ServiceFailed.
        """
        tools.ensure(self.name, self.required_tools())
        if not self.is_built():
            print(f"{self.name}: {self.build_notice}", file=sys.stderr, flush=True)
            self.build()
        if self.uses_certificates:
            self.home.certificates.ensure()

    def start(self) -> None:
        """Prepare, start and wait until the service answers; a running one is only waited for.

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
            self.greet()

    def stop(self) -> bool:
        """Stop in good order, with force after `stop_seconds`. Returns whether it was running."""
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
            raise ServiceFailed(self.name, "is still there 10 s after SIGKILL")

    def pause(self) -> None:
        """Freeze the service with all its processes: connections stay open, nothing answers."""
        self._running().pause()

    def resume(self) -> None:
        """Let a paused service go on."""
        self._running().resume()

    def process(self) -> Process | None:
        """The running process, or None."""
        process = self.home.state.entry(self.name).process
        return process if process and process.is_alive() else None

    @property
    def ports(self) -> Mapping[str, int]:
        """The ports by name; they exist from the first start on, also while the service is stopped."""
        known = self.home.state.entry(self.name).ports
        if not known:
            raise ServiceFailed(self.name, "has never been started, so it has no ports yet")
        return known

    @property
    def password(self) -> str:
        """The password of this service in this stack."""
        return self.home.state.entry(self.name).password

    @property
    def log(self) -> Path:
        """The service's own output."""
        return self.home.log(self.name)

    @property
    def data(self) -> Path:
        """The service's data folder."""
        return self.home.data(self.name)

    def endpoint(self) -> Endpoint:
        """Where the service listens, running or not."""
        return Endpoint(LOOPBACK, self.ports[self.port_names[0]], dict(self.ports))

    def missing(self) -> MissingTool | None:
        """What keeps the service from starting on this machine, without trying to mend it."""
        return tools.first_missing(self.name, self.required_tools())

    def status(self) -> Status:
        """How the service is now."""
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
        """Remove the data of a stopped service, with its ports and password."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.home.state.forget(self.name)

    def _await_own_ports(self) -> None:
        """After a kill -9, what the service left behind may hold its ports a moment longer."""
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
    """Whether we may install packages and must hand PostgreSQL to another user."""
    return os.geteuid() == 0
