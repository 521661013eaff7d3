"""What an installation installs is what the platform uses; what only tests use is for development."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY

# Found by their users at run time: nothing of ours imports or names them.
FOUND_BY_OTHERS = {
    "argon2-cffi": "Django's password hasher",
    "psycopg2-binary": "Django's database backend",
    "tzdata": "zoneinfo",
}
NOT_SHIPPED = {"tests", "benchmarks", "devstack", "conftest.py"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> list[str]:
    lines = (REPOSITORY / "requirements.in").read_text().splitlines()
    return [match[0] for line in lines if (match := re.match(r"[A-Za-z][\w.-]*", line))]


def modules_of(requirement: str) -> list[str]:
    return [
        module
        for module, distributions in packages_distributions().items()
        if canonical(requirement) in map(canonical, distributions)
    ]


def shipped() -> list[Path]:
    paths = (path.relative_to(REPOSITORY) for path in REPOSITORY.glob("*_*/**/*.py"))
    return [REPOSITORY / path for path in paths if NOT_SHIPPED.isdisjoint(path.parts)]


@pytest.mark.parametrize("requirement", [each for each in required() if each not in FOUND_BY_OTHERS])
def test_what_is_installed_is_used_outside_tests(requirement: str) -> None:
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, modules_of(requirement)))})\b")
    assert modules_of(requirement)
    assert any(named.search(path.read_text()) for path in shipped())


def test_the_walk_finds_both() -> None:
    assert {"Django", *FOUND_BY_OTHERS} <= set(required())
    assert len(shipped()) > 200
