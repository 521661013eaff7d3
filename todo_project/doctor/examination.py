"""The order of the examination: the machine first, for the rest stands on it."""

from collections.abc import Iterator

from todo_project.doctor import database, machine, platform, services
from todo_project.doctor.findings import Finding, Level


def examine() -> Iterator[Finding]:
    """Look at everything, one finding at a time. Only reads; what is not there is a finding, never an error."""
    yield from machine.check_machine()
    reachable = True
    for finding in database.check_database():
        reachable = reachable and finding.level is not Level.FAIL
        yield finding
    yield from services.check_services()
    if reachable:
        yield from platform.check_platform()
