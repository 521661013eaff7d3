"""Fixtures of the tests on whole platforms; a conftest imports them."""

import logging
from pathlib import Path

import pytest

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each question would bury what a test says


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    # Under xdist each process has a folder of its own below the run's.
    folder = (base.parent if base.name.startswith("popen-") else base) / "platforms"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def outage_seconds(pytestconfig: pytest.Config) -> float:
    """How long a service stays away: ten seconds, or a minute with `--soak`."""
    return 60.0 if pytestconfig.getoption("--soak") else 10.0
