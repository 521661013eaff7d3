"""Runs the roles of one process, each in a thread, and restarts a role that ends by itself after a pause."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from django.db import connections

from foundation.backoff import retry_seconds
from foundation.counters import count
from todo_project.health.role_heartbeats import retire_role

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.5
_STEADY_SECONDS = 60.0  # after running this long, the next failure counts as the first


def do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Role:
    """The work of one thread: `run(stop)` works until `stop` is set; `halt()` also makes it return."""

    name: str
    run: Callable[[threading.Event], None]
    halt: Callable[[], None] = do_nothing


class Supervisor:
    """Runs roles in threads until `stop()`."""

    def __init__(self, roles: Sequence[Role], *, first_pause_seconds: float = _FIRST_PAUSE_SECONDS) -> None:
        self._roles = roles
        self._first_pause_seconds = first_pause_seconds
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_running, args=[role], name=role.name, daemon=True)
            for role in roles
        ]

    def start(self) -> None:
        """Start every role."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, within_seconds: float) -> list[str]:
        """Ask every role to end and wait; return the names of those that did not end in time."""
        self._stopping.set()
        for role in self._roles:
            role.halt()
        deadline = monotonic() + within_seconds
        running = [thread for thread in self._threads if thread.is_alive()]
        for thread in running:
            thread.join(max(0.0, deadline - monotonic()))
        return [thread.name for thread in running if thread.is_alive()]

    def _keep_running(self, role: Role) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = monotonic()
            self._run_once(role)
            if self._stopping.is_set():
                return
            count(f"roles.restarted.{role.name}")
            retire_role(role.name)
            failures = 1 if monotonic() - began > _STEADY_SECONDS else failures + 1
            self._stopping.wait(retry_seconds(failures, first=self._first_pause_seconds))

    def _run_once(self, role: Role) -> None:
        try:
            try:
                role.run(self._stopping)
            finally:
                connections.close_all()
        except BaseException:  # also SystemExit, which in a thread would end only this role
            logger.exception("The role %s failed and starts again.", role.name)
        else:
            if not self._stopping.is_set():
                logger.error("The role %s ended by itself and starts again.", role.name)
