"""The most important checks in under a minute, on two processors and without services: `make quick`.

    python -m devstack.quick             static checks and tests
    python -m devstack.quick --measure   measure the cost of each test file into devstack/costs.json (takes minutes)

It runs the static checks that need no network; then, on SQLite, as many tests as fit into a minute, of those marked
neither `services` nor `slow`. Files are chosen by the cost of one of their tests, the cheapest first, until the budget
of processor time is used. A file that was never measured runs as well, so a new file needs no entry. Folders of tests
that start whole platforms are left out. It prints how many tests ran, and whether it took more than a minute. Exit code
0: all passed, 1: something failed. The whole gate is `make test`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from devstack.costs import choose_files, read_costs
from devstack.gate import (
    SLOW_FIRST,
    TESTS,
    Result,
    Step,
    run_all,
    run_shown,
    static_steps,
    supply_steps,
    worst,
)
from devstack.paths import REPOSITORY

_MAX_SECONDS = 60
_PROCESSES = "2"
# Of the 120 s that two processors have in a minute; static checks, start and collection use the rest.
BUDGET_SECONDS = 40
_SELECTION = "not services and not slow"
_FOLDERS = ("*_app/tests", "foundation/tests", "todo_project/tests", "devstack/tests")
# Tests there start whole platforms, or run for minutes.
_EXCLUDED_FOLDERS = ("end_to_end", "faults", "hostile", "simulation", "up")


def main(arguments: Sequence[str] = ()) -> int:
    """Run the steps; return the exit code."""
    os.chdir(REPOSITORY)
    if arguments == ["--measure"]:
        return run_shown(measuring_step()).code
    began = time.monotonic()
    # The two longest first: one thread runs the type check, the other the tests, then both run the others.
    types, *others = quick_static_steps()
    results = run_all([types, test_step(), *others])
    print_quick_summary(results, seconds=time.monotonic() - began)
    return worst(results)


def quick_static_steps() -> list[Step]:
    """Return the gate's static steps without those of supply, which use the network or read every file."""
    supply = {step.name for step in supply_steps()}
    return [step for step in static_steps() if step.name not in supply]


def test_step() -> Step:
    """Return the one run of pytest."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", _PROCESSES, *SLOW_FIRST]
    return Step("tests", [*pytest, "-m", _SELECTION, *test_files()], TESTS)


def measuring_step() -> Step:
    """Return the run of pytest that records the cost of each file."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "devstack.costs", "-m", _SELECTION]
    return Step("costs", [*pytest, *existing_files()], TESTS)


def test_files() -> list[str]:
    """Return the test files to run."""
    costs = read_costs()
    return sorted(set(choose_files(costs, budget_seconds=BUDGET_SECONDS)) | existing_files() - set(costs))


def existing_files() -> set[str]:
    """Return the paths of all test files that may be chosen, relative to the repository."""
    folders = [folder for pattern in _FOLDERS for folder in REPOSITORY.glob(pattern)]
    found = [file.relative_to(REPOSITORY) for folder in folders for file in folder.rglob("test_*.py")]
    return {str(file) for file in found if file.parent.name not in _EXCLUDED_FOLDERS}


def print_quick_summary(results: list[Result], *, seconds: float) -> None:
    """Print the seconds of each step, and whether it took more than a minute."""
    print("\nQuick:")
    for result in results:
        print(f"  {result}")
    overrun = (
        ""
        if seconds <= _MAX_SECONDS
        else f", more than {_MAX_SECONDS}: the machine is busy, or devstack/quick.py has too much"
    )
    tests = "".join(result.last_line for result in results if result.name == "tests")
    print(f"{seconds:.0f} s{overrun}\n{tests}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
