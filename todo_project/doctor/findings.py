"""What an examination says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: OK, works with less (WARN), does not work (FAIL)."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and with WARN and FAIL what mends it."""

    level: Level
    name: str
    detail: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<5} {self.name:<12} {self.detail}"
        return f"{line}  → {self.mend}" if self.mend else line


def ok(name: str, detail: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, name, detail)


def warn(name: str, detail: str, mend: str) -> Finding:
    """It works, with less."""
    return Finding(Level.WARN, name, detail, mend)


def fail(name: str, detail: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, name, detail, mend)
