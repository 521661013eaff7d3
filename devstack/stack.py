"""All services of one folder."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from devstack.errors import DevstackError, UnknownService
from devstack.kafka import Kafka
from devstack.paths import stack_directory
from devstack.postgresql import PostgreSQL
from devstack.redis import Redis
from devstack.scheduler import Scheduler
from devstack.service import Endpoint, Home, Service, Status

SIDECAR_PREFIX = "daprd:"
SIDECAR_LOG_SECONDS = 86400
TEMPORARY = "temporary"
PURGED = ("data", "logs", "tls", "locks", "sidecars", "temporary", "state.json", "state.new")


@dataclass(frozen=True)
class ServiceOutcome:
    """The outcome for one service; `error` is None after success."""

    service: str
    error: DevstackError | None = None


class Stack:
    """The services of `directory`, by name and as typed attributes.

    Two stacks in different folders share only the cache of builds. Every method may be called by several processes at
    the same time.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.home = Home((directory or stack_directory()).resolve())
        self.postgresql = PostgreSQL(self.home)
        self.redis = Redis(self.home)
        self.kafka = Kafka(self.home)
        self.scheduler = Scheduler(self.home)
        self.services: dict[str, Service] = {
            service.name: service for service in (self.postgresql, self.redis, self.kafka, self.scheduler)
        }

    def service(self, name: str) -> Service:
        """Return one service by name. Raises UnknownService."""
        if name not in self.services:
            known = ", ".join(self.services)
            raise UnknownService(f"There is no service {name!r}; there are {known}")
        return self.services[name]

    def up(self, *names: str) -> list[ServiceOutcome]:
        """Start the named services, or all, in parallel; return an outcome for each. Failures raise nothing."""
        self._remove_old_sidecar_logs()
        return self._each(names, lambda service: service.start())

    def down(self, *names: str, purge: bool = False) -> list[ServiceOutcome]:
        """Stop the named services, or all with sidecars and temporary stacks; `purge` removes the data."""
        if not names:
            self._stop_sidecars()
            self._remove_temporary_stacks()
        outcomes = self._each(names, _stop_and_purge if purge else _stop)
        if purge and not names:
            self._remove_files()
        return outcomes

    def require(self, *names: str) -> None:
        """Start the named services, or all. Raises the first error."""
        for outcome in self.up(*names):
            if outcome.error:
                raise outcome.error

    def start(self, name: str) -> None:
        """Start one service and wait until it answers. Raises MissingTool or ServiceFailed."""
        self.service(name).start()

    def stop(self, name: str) -> None:
        """Stop one service in order; it keeps its data and ports."""
        self.service(name).stop()

    def restart(self, name: str) -> None:
        """Stop, then start: same ports, same data."""
        self.stop(name)
        self.start(name)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a service, by default SIGKILL. Raises ServiceFailed when it is not running."""
        self.service(name).kill(number)

    def pause(self, name: str) -> None:
        """SIGSTOP a service with all its processes."""
        self.service(name).pause()

    def resume(self, name: str) -> None:
        """SIGCONT a service with all its processes."""
        self.service(name).resume()

    def endpoint(self, name: str) -> Endpoint:
        """Return where a service listens. Raises ServiceFailed when it was never started."""
        return self.service(name).endpoint()

    def create_database(self, name: str) -> str:
        """Create an empty PostgreSQL database; return its URL."""
        return self.postgresql.create_database(name)

    def drop_database(self, name: str) -> None:
        """Drop a PostgreSQL database and close every connection to it."""
        self.postgresql.drop_database(name)

    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return the variables that `run` exports: those of the running services.

        With `secure` the application's variables (`TODO_*`) name the encrypted listeners.
        """
        exported: dict[str, str] = {}
        for service in self.services.values():
            if service.process():
                exported |= service.environment(secure=secure)
        if self.home.certificates.authority.exists():
            exported["DEVSTACK_CA_FILE"] = str(self.home.certificates.authority)
        return exported

    def status(self) -> list[Status]:
        """Return the status of each service, then of each running sidecar."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            services = list(pool.map(lambda service: service.status(), self.services.values()))
        return [*services, *self._sidecars()]

    def _each(self, names: Sequence[str], act: Callable[[Service], object]) -> list[ServiceOutcome]:
        chosen = [self.service(name) for name in names] or list(self.services.values())
        with ThreadPoolExecutor(len(chosen)) as pool:
            return list(pool.map(lambda service: _try(service, act), chosen))

    def _sidecar_names(self) -> Iterator[str]:
        return (name for name in self.home.state.names() if name.startswith(SIDECAR_PREFIX))

    def _sidecars(self) -> Iterator[Status]:
        for name in self._sidecar_names():
            entry = self.home.state.entry(name)
            if entry.process and entry.process.is_alive():
                yield Status(name, "OK", pid=entry.process.pid, ports=entry.ports)

    def _stop_sidecars(self) -> None:
        for name in self._sidecar_names():
            process = self.home.state.entry(name).process
            if process:
                process.stop(signal.SIGTERM, grace_seconds=10)
            self.home.state.forget(name)

    def _remove_temporary_stacks(self) -> None:
        """Remove those left by killed tests, and those of tests that still run."""
        for directory in self.home.directory.glob(f"{TEMPORARY}/*"):
            Stack(directory).down(purge=True)
            shutil.rmtree(directory, ignore_errors=True)

    def _remove_old_sidecar_logs(self) -> None:
        for log in self.home.log("any").parent.glob(f"{SIDECAR_PREFIX.replace(':', '-')}*.log"):
            if time.time() - log.stat().st_mtime > SIDECAR_LOG_SECONDS:
                log.unlink(missing_ok=True)

    def _remove_files(self) -> None:
        for path in (self.home.directory / name for name in PURGED):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def temporary_stack(*names: str) -> Iterator[Stack]:
    """Yield a stack in its own folder with the named services running; remove everything afterwards.

    For tests that break a service, because no other test uses this stack. Raises MissingTool or ServiceFailed.
    """
    parent = stack_directory() / TEMPORARY
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(mkdtemp(dir=parent))
    directory.chmod(0o755)  # PostgreSQL's user must be able to enter it.
    stack = Stack(directory)
    try:
        if names:
            stack.require(*names)
        yield stack
    finally:
        stack.down(purge=True)
        shutil.rmtree(directory, ignore_errors=True)


def _stop(service: Service) -> None:
    service.stop()


def _stop_and_purge(service: Service) -> None:
    service.stop()
    service.purge()


def _try(service: Service, act: Callable[[Service], object]) -> ServiceOutcome:
    try:
        act(service)
    except DevstackError as error:
        return ServiceOutcome(service.name, error)
    return ServiceOutcome(service.name)
