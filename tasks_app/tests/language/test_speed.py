"""The work of a reading grows with its line, whatever the line holds; what the benchmark B12 times.

Calls of functions are counted, which no busy machine changes.
"""

import sys
from types import FrameType

import pytest

from tasks_app.language import MAX_TEXT, read

from .cases import clock, examples

LINES = (
    "every ", "1/1/", "#a ", "!high ", "#", "a ", '"', '" ', "“ ", "tomorrow ", "1 may ", "feb 30 ", "every! monday ",
    "every mon and ", "mon, ", "1 ", "at 5 ", "remind 1h ", "in 30 minutes ", "9:30 ", "9-10am ", "کل شام 5 بجے ",
    "ہر پیر ", "daily ", "fri at 5 ", "17:00 America/New_York ", "1.1.", "(", "🎉", "\\a ", "next friday ", "1h30m ",
    "1h 1m ", "by on at ", "every 3rd friday ", "every 2 minutes ", "twice a week ", "http://a.b/", "// ", "-", "a-",
    "2026-12-24 ", "the 31st ", "2 weeks from friday ", "1d from ", "1d after ",
    "friday or ", "!!! ", "#a#b ", "mon-fri ", "on the 1st ", "1st every ", "every 3 or ", "not after ",
    "between 1 and ", "at 5 tomorrow morning ", "remind me 1 day before at 9 ",
    "1 and a half hours ", "every january and ", "ڈیڑھ گھنٹے بعد ",
    "every day until feb 30 ", "p1 ", "high priority ", "\u0301",
)  # fmt: skip
# A line of 2,000 characters may cost this often what one of 1,000 does; a square would be four times as much.
MOST_GROWTH = 2.6
# Calls, of which a slow machine makes some millions a second.
MOST_CALLS = 250_000


def calls_of(text: str) -> int:
    """How many Python functions reading a line calls."""
    count = 0

    def tally(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    now = clock()
    read(text, now)  # what is cached from line to line is not measured
    sys.setprofile(tally)
    try:
        read(text, now)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", LINES)
def test_the_work_grows_with_the_line(piece: str) -> None:
    times = MAX_TEXT // len(piece) // 2
    half, all_of_it = calls_of(piece * times), calls_of(piece * times * 2)
    assert all_of_it <= half * MOST_GROWTH + 200
    assert all_of_it < MOST_CALLS


def test_an_example_takes_few_calls() -> None:
    counts = sorted(calls_of(example["text"]) for example in examples())
    assert counts[len(counts) * 95 // 100] < 6_000
