"""The gate's heart in under a minute, on two processors and without any service: `make quick`.

    python -m devstack.quick

Static checks that ask nothing of the network, then one layer of tests for each app, on SQLite: what an app promises,
without the files that cost most (properties, races, every route and status, processes, faults). It costs about 80 s of
processor time once mypy has its cache, and says so when it took more than a minute. Exit code 0: all good, 1: something
failed. The whole gate is `make test`.
"""

from __future__ import annotations

import os
import sys
import time

from devstack.gate import TESTS, Result, Step, run_all, static_steps, supply_steps, worst
from devstack.paths import REPOSITORY

_MAX_SECONDS = 60
_PROCESSES = "2"
TESTS_BY_APP = {
    "accounts_app/tests": (
        "registration",
        "tokens",
        "limits",
        "browser_sessions",
        "quotas",
        "quiet_hours",
        "email",
    ),
    "audit_app/tests": ("append", "api", "protection", "verification"),
    "events_app/tests": ("envelope", "epochs", "reconcile", "row_writes", "writing", "wakeups", "backoff"),
    "events_app/tests/kernel": ("advance",),
    "events_app/tests/relay": ("relay",),
    "notifications_app/tests": ("api", "deliveries", "notify", "release"),
    "realtime_app/tests": ("changes_api", "operations", "origin", "queries", "session", "slots"),
    "tasks_app/tests": (
        "tasks",
        "patch",
        "completion",
        "recurring",
        "reminders",
        "bulk",
        "tags",
        "series_api",
        "models",
    ),
    "tasks_app/tests/recurrence": (
        "parse",
        "expand",
        "describe",
        "due",
        "reminders",
        "anchors",
        "worked_cases",
    ),
    "todo_project/tests/api": ("errors", "middleware"),
    "todo_project/tests/reference": ("docs", "operate", "reference"),
    "todo_project/tests": ("image", "migrations"),
}


def main() -> int:
    """Run the steps; return the exit code."""
    os.chdir(REPOSITORY)
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
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", _PROCESSES, "--dist", "loadfile"]
    return Step("tests", [*pytest, "-m", "not services and not slow", *test_files()], TESTS)


def test_files() -> list[str]:
    """Return the files of the tests that are run."""
    return [f"{folder}/test_{name}.py" for folder, names in TESTS_BY_APP.items() for name in names]


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
    sys.exit(main())
