"""The one gate, the same by hand and in CI: `make test`.

    python -m devstack.gate             static steps, services, then every test; pytest closes
    python -m devstack.gate --static    format, lint, types, layers, templates, deployment checks, migrations
    python -m devstack.gate --format    change the code instead of judging it
    python -m devstack.gate PATH…       everything, with only these tests

Every step runs, whatever failed before it. Exit code 0: all good, 1: something failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from devstack.paths import REPOSITORY

BIN = Path(sys.executable).parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
TEST_PROCESSES = "2"
# Values of no installation: enough for Django to judge the production settings.
DEPLOYMENT = {
    "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
    "TODO_SECRET_KEY": "only-for-the-deployment-check-0123456789-abcdefghijklmnopqrstuvwxyz",
    "TODO_ALLOWED_HOSTS": "todo.example",
    "TODO_DATABASE_URL": "postgresql://todo@127.0.0.1:5432/todo?sslmode=require",
}
TESTS = {"DJANGO_SETTINGS_MODULE": "todo_project.settings.test"}


@dataclass(frozen=True)
class Step:
    """One command of the gate."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a step ended; `output` is empty when it was shown while the step ran."""

    name: str
    code: int
    seconds: float
    output: str = ""

    def __str__(self) -> str:
        return f"{'ok    ' if self.code == 0 else 'FAILED'} {self.name:<12} {self.seconds:6.1f} s"


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return the exit code."""
    os.chdir(REPOSITORY)
    if arguments == ["--format"]:
        return max(result.code for result in map(run_captured, formatting_steps()))
    results = run_static()
    if arguments == ["--static"]:
        return worst(results)
    services = Step("services", [sys.executable, "-m", "devstack", "up"])
    results.append(run_shown(services))
    tests, closing_line = run_tests(arguments)
    results.append(tests)
    print_summary(results)
    print(closing_line, flush=True)
    return worst(results)


def static_steps() -> list[Step]:
    """Everything that judges the code without running the platform; the slowest first."""
    manage = [sys.executable, "manage.py"]
    steps = [
        Step("types", [sys.executable, "-m", "mypy", "."]),
        Step("layers", [str(BIN / "lint-imports")]),
        Step("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("lint", [str(BIN / "ruff"), "check", "."]),
        Step("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYMENT),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TESTS),
    ]
    if templates():
        steps.append(Step("templates", [str(BIN / "djlint"), *templates(), "--check", "--lint"]))
    return steps


def formatting_steps() -> list[Step]:
    """What `make format` does."""
    ruff = str(BIN / "ruff")
    steps = [Step("mend", [ruff, "check", "--fix", "."]), Step("format", [ruff, "format", "."])]
    if templates():
        steps.append(Step("templates", [str(BIN / "djlint"), *templates(), "--reformat", "--quiet"]))
    return steps


def templates() -> list[str]:
    """Return the folders of templates that the project itself has."""
    return sorted(str(folder) for folder in Path().glob("*_*/templates") if any(folder.rglob("*.html")))


def run_static() -> list[Result]:
    """Run the static steps two at a time and show each as it ends, with its output when it failed."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(run_captured, static_steps()))


def run_captured(step: Step) -> Result:
    """Run one step quietly; show its result, and its output if it failed."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | step.environment,
    )
    result = Result(step.name, done.returncode, time.monotonic() - began, done.stdout)
    print(f"{result}\n{done.stdout}" if done.returncode else str(result), flush=True)
    return result


def run_shown(step: Step) -> Result:
    """Run one step with its output shown as it comes."""
    began = time.monotonic()
    code = subprocess.run(
        step.command, check=False, stdin=subprocess.DEVNULL, env=os.environ | step.environment
    ).returncode
    return Result(step.name, code, time.monotonic() - began)


def run_tests(paths: Sequence[str]) -> tuple[Result, str]:
    """Run pytest and show its lines as they come, but for the closing one, which is returned."""
    pytest = [sys.executable, "-m", "pytest", "-n", TEST_PROCESSES, "--dist", "loadfile"]
    began = time.monotonic()
    held_back = ""
    with subprocess.Popen(
        [*pytest, *paths],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | TESTS,
    ) as running:
        for line in running.stdout or ():
            print(held_back, end="", flush=True)
            held_back = line
    return Result("tests", running.returncode, time.monotonic() - began), held_back.rstrip("\n")


def print_summary(results: Sequence[Result]) -> None:
    """Print each step with its time."""
    print("\nThe gate:")
    for result in results:
        print(f"  {result}")


def worst(results: Sequence[Result]) -> int:
    """Return 0 when every step was good, else 1."""
    return int(any(result.code for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
