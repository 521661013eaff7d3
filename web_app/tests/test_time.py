"""Time in the page: wall times, days and dues are what the server makes of them."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


# Zones that browsers no longer have, or have under another name's rules.
NOT_IN_BROWSERS = {"Factory", "localtime", "posixrules"}


def local(wall: datetime, zone: str) -> int:
    """What the server makes of a wall time: a gap is jumped over forwards, of two readings the first counts."""
    return int(wall.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp() * 1000)


def zone_vectors() -> list[list[Any]]:
    draw = random.Random(7)
    zones = sorted(
        zone
        for zone in available_timezones()
        if "/" in zone
        and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))
        and zone not in NOT_IN_BROWSERS
    )
    found = []
    for zone in zones:
        for _ in range(6):
            wall = datetime(2005, 1, 1) + timedelta(minutes=30 * draw.randrange(20 * 365 * 48))  # noqa: DTZ001 - a wall time
            found.append([zone, wall.isoformat(), local(wall, zone)])
    return found


def change_vectors() -> list[list[Any]]:
    """Every half hour around changes of the clock, in zones with changes of all sorts."""
    changes = {
        "Europe/Madrid": [date(2026, 3, 29), date(2026, 10, 25)],
        "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
        "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
        "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 29)],
        "Pacific/Apia": [date(2011, 12, 30), date(2011, 12, 31)],
        "America/Sao_Paulo": [date(2018, 11, 4)],
    }
    found = []
    for zone, days in changes.items():
        for day in days:
            start = datetime(day.year, day.month, day.day) - timedelta(hours=4)  # noqa: DTZ001 - a wall time
            walls = [start + timedelta(minutes=30 * step) for step in range(60)]
            found += [[zone, wall.isoformat(), local(wall, zone)] for wall in walls]
    return found


WALLS = """
v.map(([zone, text]) => {
  const [year, month, day, hour, minute] = text.match(/\\d+/g).map(Number);
  return m.isZone(zone) ? m.wallToInstant({year, month, day, hour, minute, second: 0}, zone) : null;
})
"""


@pytest.mark.parametrize("vectors", [zone_vectors(), change_vectors()], ids=["zones", "changes"])
def test_wall_times_are_the_instants_that_the_server_makes_of_them(
    page: Page, vectors: list[list[Any]]
) -> None:
    instants = call(page, "time/zones.js", WALLS, vectors)
    known = [(each, found) for each, found in zip(vectors, instants, strict=True) if found is not None]
    wrong = [(*each, found) for (each, found) in known if each[2] != found]
    # Browsers may have another release of the zones: single zones may differ for a while, rules may not.
    assert len(known) > 0.95 * len(vectors)
    assert len({each[0] for each in wrong}) <= (3 if len(vectors) > 1000 else 0), wrong[:20]


def test_days_are_those_of_the_zone(page: Page) -> None:
    instant = int(datetime(2026, 12, 31, 11, 30, tzinfo=UTC).timestamp() * 1000)
    zones = {
        "Pacific/Kiritimati": "2027-01-01",
        "Pacific/Pago_Pago": "2026-12-31",
        "Europe/Madrid": "2026-12-31",
    }
    assert call(page, "time/days.js", f"v.map((zone) => m.dayAt({instant}, zone))", list(zones)) == list(
        zones.values()
    )
    assert call(page, "time/days.js", "m.addDays('2026-02-28', 1)") == "2026-03-01"
    start, end = call(page, "time/days.js", "m.dayBounds('2026-10-25', 'Europe/Madrid')")
    assert end - start == 25 * 3_600_000


def test_a_row_says_when_a_task_is_due(page: Page) -> None:
    place = (
        "{zone: 'Europe/Madrid', today: '2026-11-25', now: Date.parse('2026-11-25T09:30:00Z'), "
        "locale: 'en-GB', t: (k, o) => k + (o?.count ?? '')}"
    )
    tasks = [
        {"due_on": "2026-11-25"},
        {"due_at": "2026-11-25T16:00:00Z"},
        {"due_at": "2026-11-25T08:00:00Z"},
        {"due_on": "2026-11-26"},
        {"due_on": "2026-11-23"},
        {"due_on": "2026-11-27"},
        {"due_on": "2027-01-02"},
        {},
    ]
    found = call(
        page,
        "time/format.js",
        f"v.map((task) => m.dueText(task, {place})).map((d) => d && [d.text, d.over])",
        tasks,
    )
    assert found == [
        ["today", False],
        ["today 17:00", False],
        ["today 09:00", True],
        ["tomorrow", False],
        ["days_ago2", True],
        ["Friday", False],
        ["2 Jan 2027", False],
        None,
    ]


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"due_on": "2026-11-20"}, {"due_on": "2026-12-01"}),
        ({}, {"due_on": "2026-12-01"}),
        ({"due_at": "2026-11-20T08:30:00Z"}, {"due_at": "2026-12-01T09:30"}),
        (
            {"due_at": "2026-11-20T08:30:00Z", "time_zone": "Asia/Tokyo"},
            {"due_at": "2026-12-01T17:30", "time_zone": "Asia/Tokyo"},
        ),
        (
            {"due_at": "2026-11-20T08:30:00Z", "time_zone": "Europe/Madrid", "floating": True},
            {"due_at": "2026-12-01T09:30"},
        ),
    ],
)
def test_a_task_that_is_moved_keeps_its_time_of_day(
    page: Page, row: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert call(page, "ui/moving.js", "m.movedTo(v, '2026-12-01', 'Europe/Madrid')", row) == fields


def test_what_is_overdue_moves_to_today_at_its_time_or_to_the_whole_day(page: Page) -> None:
    place = "{today: '2026-11-25', now: Date.parse('2026-11-25T12:00:00Z'), zone: 'Europe/Madrid'}"
    rows = [{"due_at": "2026-11-20T20:00:00Z"}, {"due_at": "2026-11-20T06:00:00Z"}, {"due_on": "2026-11-20"}]
    assert call(page, "ui/moving.js", f"v.map((row) => m.movedToToday(row, {place}))", rows) == [
        {"due_at": "2026-11-25T21:00"},
        {"due_on": "2026-11-25"},
        {"due_on": "2026-11-25"},
    ]
