"""What a stack remembers between commands: ports, processes and passwords, in `state.json` (0600).

Every process reads and writes it under a lock, so several may use a stack at the same time.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypedDict

from devstack import ports
from devstack.locking import file_lock
from devstack.process import Process


class _ProcessJson(TypedDict):
    pid: int
    started: int


class _EntryJson(TypedDict):
    ports: dict[str, int]
    process: _ProcessJson | None
    password: str


@dataclass
class ServiceEntry:
    """One service or sidecar. Ports and password stay the same until the data is purged."""

    ports: dict[str, int] = field(default_factory=dict)
    process: Process | None = None
    password: str = field(default_factory=lambda: secrets.token_hex(12))


@dataclass(frozen=True)
class State:
    """The state file of the stack in `directory`."""

    directory: Path

    @property
    def path(self) -> Path:
        """Return the path of the state file."""
        return self.directory / "state.json"

    def names(self) -> list[str]:
        """Return the names of the stored services and sidecars."""
        return sorted(self._read())

    def entry(self, name: str) -> ServiceEntry:
        """Return the entry of `name`; without one, an empty entry with a new password that is not stored."""
        return self._read().get(name, ServiceEntry())

    def remember_process(self, name: str, process: Process | None) -> None:
        """Store which process runs `name`, or that none does."""

        def change(entries: dict[str, ServiceEntry]) -> None:
            entries.setdefault(name, ServiceEntry()).process = process

        self._update(change)

    def remember(self, name: str, entry: ServiceEntry) -> None:
        """Store the entry of `name`."""

        def change(entries: dict[str, ServiceEntry]) -> None:
            entries[name] = entry

        self._update(change)

    def ensure_ports(self, name: str, wanted: tuple[str, ...]) -> dict[str, int]:
        """Return the ports for a service that is about to start: the previous ones if they are free, else new ones."""

        def change(entries: dict[str, ServiceEntry]) -> None:
            entry = entries.setdefault(name, ServiceEntry())
            if set(entry.ports) != set(wanted) or not all(map(ports.is_free, entry.ports.values())):
                entry.ports = dict(zip(wanted, _unclaimed(entries, len(wanted)), strict=True))

        return self._update(change)[name].ports

    def forget(self, name: str) -> None:
        """Remove the entry of `name`, if there is one."""
        self._update(lambda entries: entries.pop(name, None))

    def _read(self) -> dict[str, ServiceEntry]:
        try:
            stored: dict[str, _EntryJson] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        return {name: _entry(value) for name, value in stored.items()}

    def _update(self, change: Callable[[dict[str, ServiceEntry]], object]) -> dict[str, ServiceEntry]:
        with file_lock(self.directory / "locks" / "state.lock"):
            entries = self._read()
            change(entries)
            temporary = self.path.with_suffix(".new")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump({name: asdict(entry) for name, entry in entries.items()}, file, indent=2)
            temporary.replace(self.path)
        return entries


def _entry(value: _EntryJson) -> ServiceEntry:
    process = Process(**value["process"]) if value["process"] else None
    return ServiceEntry(ports=value["ports"], process=process, password=value["password"])


def _unclaimed(entries: dict[str, ServiceEntry], count: int) -> list[int]:
    """Return free ports that no other service of this stack has."""
    claimed = {port for entry in entries.values() for port in entry.ports.values()}
    return [port for port in ports.pick(count + len(claimed)) if port not in claimed][:count]
