"""What can go wrong with a service.

DevstackError          one sentence for people
├── MissingTool        the machine lacks a program; has the command that installs it
├── ServiceFailed      an installed service did not start, stop or answer; has its log
└── UnknownService     no such service; a usage error
"""

from __future__ import annotations

from pathlib import Path


class DevstackError(Exception):
    """Base of the devstack's errors; `str()` of one can be printed on a terminal."""


class MissingTool(DevstackError):
    """`service` cannot run on this machine because of `reason`; `mend` is the command that repairs it."""

    def __init__(self, service: str, *, reason: str, mend: str) -> None:
        super().__init__(f"{service}: {reason}. Try: {mend}")
        self.service, self.reason, self.mend = service, reason, mend


class ServiceFailed(DevstackError):
    """`service` is installed and failed; the end of `log` is part of the message."""

    def __init__(self, service: str, reason: str, *, log: Path | None = None) -> None:
        super().__init__(f"{service}: {reason}{_tail(log)}")
        self.service, self.reason, self.log = service, reason, log


class UnknownService(DevstackError):
    """The stack has no service of this name."""


def _tail(log: Path | None, lines: int = 15) -> str:
    if log is None or not log.exists():
        return ""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return f"\n  end of {log}:\n" + "\n".join(f"    {line}" for line in last)
