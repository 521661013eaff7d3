"""The gate's heart in under a minute, on two processors and without any service: `make quick`.

    python -m devstack.quick             static checks and tests
    python -m devstack.quick --measure   measure what the tests of each file cost (minutes), into devstack/costs.json

Static checks that ask nothing of the network; then of all tests that are marked neither `services` nor `slow` those
that fit into a minute, on SQLite: files by what one of their tests costs, the cheapest first, until the budget of
processor time is spent. A file that was never measured runs as well, so nobody has to enter a new one anywhere. The
folders of tests that start whole platforms are left out. It says how many tests ran, and when it took more than a
minute. Exit code 0: all good, 1: something failed. The whole gate is `make test`.
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
# Of the 120 s that two processors have in a minute: the static checks, starting and collecting take the others.
BUDGET_SECONDS = 50
_SELECTION = "not services and not slow"
_FOLDERS = ("*_app/tests", "foundation/tests", "todo_project/tests", "devstack/tests")
# They start whole platforms, or compute for minutes.
_BESIDE = ("end_to_end", "faults", "hostile", "simulation", "up")


def main(arguments: Sequence[str] = ()) -> int:
    """Run the steps; return the exit code."""
    os.chdir(REPOSITORY)
    if arguments == ["--measure"]:
        return run_shown(measuring_step()).code
    began = time.monotonic()
    # The two that take longest first: one thread has the types, the other the tests, then both the rest.
    types, *others = quick_static_steps()
    results = run_all([types, test_step(), *others])
    print_quick_summary(results, seconds=time.monotonic() - began)
    return worst(results)


def quick_static_steps() -> list[Step]:
    """Return the static steps of the gate without those of supply, which ask the network or read every file."""
    supply = {step.name for step in supply_steps()}
    return [step for step in static_steps() if step.name not in supply]


def test_step() -> Step:
    """Return the one run of pytest."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", _PROCESSES, *SLOW_FIRST]
    return Step("tests", [*pytest, "-m", _SELECTION, *test_files()], TESTS)


def measuring_step() -> Step:
    """Return the run of pytest that records what each file costs."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "devstack.costs", "-m", _SELECTION]
    return Step("costs", [*pytest, *existing_files()], TESTS)


def test_files() -> list[str]:
    """Return the files whose tests are run."""
    costs = read_costs()
    return sorted(set(choose_files(costs, budget_seconds=BUDGET_SECONDS)) | existing_files() - set(costs))


def existing_files() -> set[str]:
    """Return every file of tests that may be chosen, as its path in the repository."""
    folders = [folder for pattern in _FOLDERS for folder in REPOSITORY.glob(pattern)]
    found = [file.relative_to(REPOSITORY) for folder in folders for file in folder.rglob("test_*.py")]
    return {str(file) for file in found if file.parent.name not in _BESIDE}


def print_quick_summary(results: list[Result], *, seconds: float) -> None:
    """Print the seconds of each step, and whether the promise of a minute was kept."""
    print("\nQuick:")
    for result in results:
        print(f"  {result}")
    kept = (
        ""
        if seconds <= _MAX_SECONDS
        else f", more than {_MAX_SECONDS}: the machine is busy, or devstack/quick.py has too much"
    )
    tests = "".join(result.last_line for result in results if result.name == "tests")
    print(f"{seconds:.0f} s{kept}\n{tests}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
