"""The order of the examination: the machine first, for the rest stands on it."""

from collections.abc import Iterator

from todo_project.doctor import database, machine, platform, services
from todo_project.doctor.findings import Finding, Level


def examine() -> Iterator[Finding]:
    """Look at everything, one finding at a time. Only reads; what is not there is a finding, never an error."""
    yield from machine.findings()
    reachable = True
    for finding in database.findings():
        reachable = reachable and finding.level is not Level.FAIL
        yield finding
    yield from services.findings()
    if reachable:
        yield from platform.findings()
