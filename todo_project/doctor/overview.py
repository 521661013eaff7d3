"""The first screen of the admin: is it healthy, and if not, what to do. With the checks of `manage.py doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from todo_project.doctor.findings import Finding, Level, fail, ok, worst_level
from todo_project.doctor.platform import check_platform
from todo_project.doctor.reading import PlatformReading, read_platform
from todo_project.health import probes

VERDICTS: Final = {
    Level.OK: "Everything works.",
    Level.WARN: "It works in part: what is saved is kept, but something waits for you.",
    Level.FAIL: "Something does not work and needs you now.",
}
START_SERVICES: Final = "start it, or correct its TODO_* settings; `manage.py doctor` says more"


@dataclass(frozen=True)
class Station:
    """One station on the way of a change: how much waits there, and in what."""

    name: str
    waiting: int
    unit: str


@dataclass(frozen=True)
class Overview:
    """What the screen shows. `needing` are the findings that need somebody, the worst first; `well` are the others."""

    at: datetime
    level: Level
    verdict: str
    stations: tuple[Station, ...]
    needing: tuple[Finding, ...]
    well: tuple[Finding, ...]


def read_overview() -> Overview:
    """Return the overview. Its queries look at a bounded number of rows each. Raises django.db.Error."""
    reading = read_platform()
    findings = [*check_answering(), *check_platform(reading)]
    level = worst_level(findings)
    needing = sorted((each for each in findings if each.level is not Level.OK), key=_badness, reverse=True)
    return Overview(
        at=reading.at,
        level=level,
        verdict=VERDICTS[level],
        stations=tuple(_stations(reading)),
        needing=tuple(needing),
        well=tuple(each for each in findings if each.level is Level.OK),
    )


def check_answering() -> Iterator[Finding]:
    """Say which services of the settings answer, from answers that are at most two seconds old."""
    for name, probe in probes.service_probes().items():
        answer = probe()
        yield ok(name, "answers") if answer.ok else fail(name, answer.reason, START_SERVICES)


def _stations(reading: PlatformReading) -> Iterator[Station]:
    """Yield the stations of a change: published, applied by the slowest consumer, known to be settled, delivered."""
    behind = max((lag.events for lag in reading.consumers), default=0)
    yield Station("to publish", reading.log.unpublished_events, "events")
    yield Station("to apply, by the slowest consumer", behind, "events")
    yield Station("to settle", reading.log.unsettled_streams, "streams")
    yield Station("to send to people", reading.around.due_deliveries, "messages")


def _badness(finding: Finding) -> int:
    return list(Level).index(finding.level)
