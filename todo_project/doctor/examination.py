"""The order of the checks: the machine first, because everything else depends on it."""

from collections.abc import Iterator

from todo_project.doctor import database, machine, platform, services
from todo_project.doctor.findings import Finding, Level


def examine() -> Iterator[Finding]:
    """Yield all findings, one at a time. Only reads; a missing part is a finding and raises nothing."""
    yield from machine.check_machine()
    reachable = True
    for finding in database.check_database():
        reachable = reachable and finding.level is not Level.FAIL
        yield finding
    yield from services.check_services()
    if reachable:
        yield from platform.check_platform()
