"""The examples of this package: lines, what they are read as, the clock on which they were typed, and their kind."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tasks_app import recurrence as rec
from tasks_app.language import Clock, Reading

FOLDER: Final = Path(__file__).parent
NOW: Final = "2026-11-25T10:30"
ZONE: Final = "Europe/Madrid"

Example = Mapping[str, Any]


def examples() -> list[Example]:
    """All examples, in the order of the page that shows them."""
    return list(json.loads((FOLDER / "examples.json").read_text(encoding="utf-8")))


def titles() -> list[str]:
    """Titles that look like dates here and there, and say none."""
    return (FOLDER / "titles.txt").read_text(encoding="utf-8").splitlines()


def clock(now: str = NOW, zone: str = ZONE, week_start: str = "mo") -> Clock:
    """A clock that shows a wall time."""
    place = rec.load_zone(zone)
    return Clock(rec.resolve_slot(datetime.fromisoformat(now), place).instant, place, week_start)


def clock_of(example: Example) -> Clock:
    """The clock on which an example was typed."""
    return clock(example.get("now", NOW), example.get("zone", ZONE), example.get("week_start", "mo"))


def rendered(reading: Reading) -> dict[str, Any]:
    """What an example says of a reading; what is empty is left out."""
    found: dict[str, Any] = {
        "title": reading.title,
        "chips": [[chip.kind, chip.start, chip.end, chip.text] for chip in reading.chips],
        "fields": {name: value for name, value in reading.fields.items() if name != "title"},
        "means": [chip.means for chip in reading.chips],
        "alternatives": [dict(each.fields) for chip in reading.chips for each in chip.alternatives],
        "notes": [note.code for note in reading.notes],
        "problems": [[problem.code, problem.text] for problem in reading.problems],
        "next": list(reading.upcoming),
    }
    always = ("title", "chips", "fields")
    return {name: value for name, value in found.items() if value or name in always}
