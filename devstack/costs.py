"""A pytest plugin that measures the processor time of each test file, in milliseconds.

`costs.json` has a line for each file: the number of its tests that are marked neither `services` nor `slow`, and their
total processor time on SQLite, including child processes that have ended. `make quick` chooses files by it.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

RECORD = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Cost:
    """The number of tests in a file, and their processor time together."""

    tests: int
    milliseconds: int

    @property
    def per_test(self) -> float:
        return self.milliseconds / self.tests


def read_costs() -> dict[str, Cost]:
    """Return the recorded cost of each file, by its path in the repository."""
    return {file: Cost(*numbers) for file, numbers in json.loads(RECORD.read_text()).items()}


def write_costs(costs: Mapping[str, Cost]) -> None:
    """Write the cost of each file, one on each line."""
    lines = [f'  "{file}": [{cost.tests}, {cost.milliseconds}]' for file, cost in sorted(costs.items())]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def choose_files(costs: Mapping[str, Cost], *, budget_seconds: float) -> list[str]:
    """Return the files that fit into the budget, those with the lowest cost of a test first."""
    chosen: list[str] = []
    left = budget_seconds * 1000
    with_tests = [(cost.per_test, file, cost) for file, cost in costs.items() if cost.tests]
    for _, file, cost in sorted(with_tests, key=lambda each: each[:2]):
        left -= cost.milliseconds
        if left < 0:
            break
        chosen.append(file)
    return chosen


def pytest_sessionstart(session: pytest.Session) -> None:
    """Register the meter. Run it in one process only: processes that share a processor slow each other down."""
    session.config.pluginmanager.register(_Meter())


class _Meter:
    """Adds up the processor time of the tests of each file, and writes it when all have run."""

    def __init__(self) -> None:
        self._tests: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before = processor_seconds()
        try:
            return (yield)
        finally:
            file = item.nodeid.partition("::")[0]
            self._tests[file] += 1
            self._seconds[file] += processor_seconds() - before

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        files = {*map(str, session.config.args), *self._tests}
        measured = {file: Cost(self._tests[file], round(self._seconds[file] * 1000)) for file in files}
        known = {file: cost for file, cost in read_costs().items() if Path(file).is_file()}
        write_costs({**known, **measured})


def processor_seconds() -> float:
    """Return the processor time in seconds of this process and its ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
