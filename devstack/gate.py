"""The one gate, the same by hand and in CI: `make test`.

    python -m devstack.gate             static steps, services, then every test
    python -m devstack.gate --static    format, lint, types, layers, templates, deployment checks, migrations, supply
    python -m devstack.gate --format    format and repair the code instead of checking it
    python -m devstack.gate PATH…       static steps, services, and only these tests

Every step runs, also after a failed one. Exit code 0: all passed, 1: something failed.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from devstack import Stack, stack
from devstack.cli import in_ci
from devstack.errors import MissingTool
from devstack.paths import REPOSITORY
from devstack.tools import CHROMIUM, NGINX, ensure

_BIN = Path(sys.executable).parent
# One more than processors: tests of faults spend much time waiting for sessions and leases to expire.
TEST_PROCESSES = "3"
# Each file runs in one process. Files that take minutes start first, so that no process ends long after the others.
SLOW_FIRST = ("-p", "devstack.slow_first", "--dist", "loadfile", "--no-loadscope-reorder")
SECOND_TRIES = ("-p", "devstack.second_tries", "-raR", "--rerun-show-tracebacks", "--max-suite-reruns=6")
OURS = ("TODO_", "DAPR_", "APP_", "DJANGO_", "CELERY_")
# Example values with which Django can check the production settings.
DEPLOYMENT = {
    "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
    "TODO_SECRET_KEY": secrets.token_hex(32),
    "TODO_AUDIT_KEYS": f"1:{secrets.token_hex(32)}",
    "TODO_ALLOWED_HOSTS": "todo.example",
    "TODO_DATABASE_URL": "postgresql://todo@127.0.0.1:5432/todo?sslmode=require",
}
TESTS = {"DJANGO_SETTINGS_MODULE": "todo_project.settings.test"}
_OK, _DEGRADED = 0, 3
# Tests that use no database, or whose answer is not the database's: once is enough. The dear ones are named.
ON_ONE_DATABASE = (
    "devstack",
    "web_app",
    "tasks_app/tests/language",
    "tasks_app/tests/recurrence",
    "todo_project/tests/api/test_browsable_pages.py",
    "todo_project/tests/api/test_document.py",
    "todo_project/tests/api/test_parsers.py",
    "todo_project/tests/hostile/test_error_bounds.py",
    "todo_project/tests/hostile/test_headers.py",
    "todo_project/tests/hostile/test_mail_relay.py",
    "todo_project/tests/hostile/test_proxy.py",
    "todo_project/tests/hostile/test_redaction.py",
    "todo_project/tests/hostile/test_settings_refused.py",
    "todo_project/tests/metrics/test_names.py",
    "todo_project/tests/reference",
    "todo_project/tests/simulation",
    "todo_project/tests/test_image.py",
    "todo_project/tests/web/test_routes.py",
)


@dataclass(frozen=True)
class Step:
    """One command of the gate."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    may_be_untried: bool = False
    """Whether exit code 3 means that this machine lacks what the step needs; the last line of its output says what."""


@dataclass(frozen=True)
class Result:
    """The exit code of a step, its seconds, and the last line of its output."""

    name: str
    code: int
    seconds: float
    last_line: str = ""
    untried: str = ""

    def __str__(self) -> str:
        state = "FAILED" if self.code else "?     " if self.untried else "ok    "
        return f"{state} {self.name:<20} {self.seconds:6.1f} s"


def main(arguments: Sequence[str]) -> int:
    """Run the steps of the arguments; return the exit code."""
    os.chdir(REPOSITORY)
    if arguments == ["--format"]:
        return max(result.code for result in map(run_captured, formatting_steps()))
    results = run_all(static_steps())
    if arguments == ["--static"]:
        print_untried(results)
        return worst(results)
    with service_stack() as (prepared, missing):
        results.append(prepared)
        results += [run_shown(step) for step in test_steps(arguments)]
    print_gate_summary(results, missing)
    print(results[-1].last_line, flush=True)
    return worst(results)


@contextmanager
def service_stack() -> Iterator[tuple[Result, list[str]]]:
    """Start the services that this machine can run, yield what is missing; at the end stop what was started here."""
    before = running_services(stack())
    prepared = run_shown(Step("services", [sys.executable, "-m", "devstack", "up"]))
    if prepared.code == _DEGRADED and not in_ci():
        prepared = replace(prepared, code=_OK)
    missing = [
        f"{each.name}: {each.detail} -> {each.mend}" for each in stack().status() if each.condition != "OK"
    ]
    for service, tool in (("proxy", NGINX), ("browser", CHROMIUM)):
        try:
            ensure(service, [tool])
        except MissingTool as error:
            missing.append(str(error))
    yield prepared, missing
    started = sorted(running_services(stack()) - before)
    if started:
        run_shown(Step("stop", [sys.executable, "-m", "devstack", "down", *started]))


def running_services(services_of: Stack) -> set[str]:
    """Return the names of the services that run and answer."""
    return {name for name, service in services_of.services.items() if service.status().condition == "OK"}


def test_steps(paths: Sequence[str]) -> list[Step]:
    """Return the runs of pytest: on PostgreSQL, when it runs, those that may depend on the database; then all tests."""
    pytest = [sys.executable, "-m", "pytest", "-n", TEST_PROCESSES, *SLOW_FIRST, *SECOND_TRIES, *paths]
    everything = Step("tests", pytest, TESTS)
    url = stack().environment().get("TODO_DATABASE_URL")
    if not url:
        return [everything]
    plain = [*pytest, "-m", "not services and not slow", *(f"--ignore={each}" for each in ON_ONE_DATABASE)]
    return [Step("tests on PostgreSQL", plain, {**TESTS, "TODO_DATABASE_URL": url}), everything]


def static_steps() -> list[Step]:
    """Return the steps that check the code without running the platform; the slowest first."""
    manage = [sys.executable, "manage.py"]
    steps = [
        Step("types", [sys.executable, "-m", "mypy", "."]),
        Step("layers", [str(_BIN / "lint-imports")]),
        Step("format", [str(_BIN / "ruff"), "format", "--check", "."]),
        Step("lint", [str(_BIN / "ruff"), "check", "."]),
        Step("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYMENT),
        Step("static files", [*manage, "collectstatic", "--dry-run", "--no-input", "-v0"], DEPLOYMENT),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TESTS),
    ]
    if templates():
        steps.append(Step("templates", [str(_BIN / "djlint"), *templates(), "--check", "--lint"]))
    return [*steps, *supply_steps()]


def supply_steps() -> list[Step]:
    """Return the steps that check dependencies, secrets, compose files and workflows."""
    supply = [sys.executable, "-m", "devstack.supply"]
    schema = [str(_BIN / "check-jsonschema"), "--builtin-schema"]
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    compose = ["compose.yaml", "devstack/compose/tls.yaml"]
    return [
        Step("secrets", [*supply, "secrets"], may_be_untried=True),
        Step("bill of materials", [*supply, "sbom"]),
        Step("vulnerabilities", [*supply, "audit"], may_be_untried=True),
        Step("compose files", [*schema, "vendor.compose-spec", *compose]),
        Step("workflows", [*schema, "vendor.github-workflows", *workflows]),
        Step("schema of values", [schema[0], "--check-metaschema", "helm/todo/values.schema.json"]),
    ]


def formatting_steps() -> list[Step]:
    """Return the steps of `make format`."""
    ruff = str(_BIN / "ruff")
    steps = [Step("mend", [ruff, "check", "--fix", "."]), Step("format", [ruff, "format", "."])]
    if templates():
        steps.append(Step("templates", [str(_BIN / "djlint"), *templates(), "--reformat", "--quiet"]))
    return steps


def templates() -> list[str]:
    """Return the project's own folders of templates."""
    return sorted(str(folder) for folder in Path().glob("[!.]*/templates") if any(folder.rglob("*.html")))


def run_all(steps: Sequence[Step]) -> list[Result]:
    """Run steps two at a time and print each when it ends, with its output if it failed."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(run_captured, steps))


def run_captured(step: Step) -> Result:
    """Run one step; print its result, and its output if it failed."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment_of(step),
    )
    result = judge_step(step, done.returncode, seconds=time.monotonic() - began, output=done.stdout)
    print(f"{result}\n{done.stdout}" if result.code else str(result), flush=True)
    return result


def judge_step(step: Step, code: int, *, seconds: float, output: str) -> Result:
    """Return the result of a step by its exit code."""
    last_line = output.strip().rpartition("\n")[2]
    if code == _DEGRADED and step.may_be_untried:
        return Result(step.name, _OK, seconds, untried=last_line)
    return Result(step.name, code, seconds, last_line)


def run_shown(step: Step) -> Result:
    """Run one step and print its output line by line, except the last line, which is in the result."""
    print(f"\n== {step.name} ==", flush=True)
    began = time.monotonic()
    last_line = ""
    with subprocess.Popen(
        step.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment_of(step),
    ) as process:
        for line in process.stdout or ():
            print(last_line, end="", flush=True)
            last_line = line
    return Result(step.name, process.returncode, time.monotonic() - began, last_line.rstrip("\n"))


def environment_of(step: Step) -> dict[str, str]:
    """Return this process's environment without settings of an installation, and with those of the step."""
    machine = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("TODO_DEVSTACK_") or not name.startswith(OURS)
    }
    return {**machine, **step.environment}


def print_gate_summary(results: Sequence[Result], missing: Sequence[str]) -> None:
    """Print each step with its time, then the services and checks that are missing here."""
    print("\nThe gate:")
    for result in results:
        last_line = f"  {result.last_line}" if result.name.startswith("tests on") else ""
        print(f"  {result}{last_line}")
    for service in missing:
        print(f"  NOT HERE, its tests were skipped: {service}")
    print_untried(results)


def print_untried(results: Sequence[Result]) -> None:
    """Print each skipped check, because its line looks like that of a passed one."""
    for result in results:
        if result.untried:
            print(f"  NOT CHECKED HERE: {result.untried}", flush=True)


def worst(results: Sequence[Result]) -> int:
    """Return 0 when every step passed, else 1."""
    return int(any(result.code for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
