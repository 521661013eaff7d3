"""A finding of `doctor`, and its level."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """OK: it works. WARN: it works in part. FAIL: it does not work."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line: what was checked, what was found, and with WARN and FAIL the command that repairs it."""

    level: Level
    name: str
    detail: str
    mend: str = ""

    @property
    def page(self) -> str:
        """The path of the admin page with which `mend` begins, or ""."""
        return self.mend.partition(":")[0] if self.mend.startswith("/admin/") else ""

    def __str__(self) -> str:
        line = f"{self.level:<5} {self.name:<12} {self.detail}"
        return f"{line}  → {self.mend}" if self.mend else line


def ok(name: str, detail: str) -> Finding:
    """Return a finding: it works."""
    return Finding(Level.OK, name, detail)


def warn(name: str, detail: str, mend: str) -> Finding:
    """Return a finding: it works in part."""
    return Finding(Level.WARN, name, detail, mend)


def fail(name: str, detail: str, mend: str) -> Finding:
    """Return a finding: it does not work."""
    return Finding(Level.FAIL, name, detail, mend)


def worst_level(findings: Iterable[Finding]) -> Level:
    """Return the worst level of the findings; OK without any."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.OK)
