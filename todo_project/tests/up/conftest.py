"""`manage.py up` in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.ports import pick
from todo_project.tests.up.starting import Running, Start


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start platforms, on a free port unless told otherwise; what still runs in the end is killed."""
    started: list[Running] = []

    def begin(data_dir: Path | None = None, **environment: str) -> Running:
        folder = data_dir or tmp_path_factory.mktemp("installation") / "data"
        log = tmp_path_factory.mktemp("log") / "up.log"
        chosen = {"TODO_PORT": str(pick(1)[0]), **environment}
        started.append(Running(folder, log, chosen))
        return started[-1]

    yield begin
    for running in started:
        running.role.kill()


@pytest.fixture(scope="module")
def running(start: Start) -> Running:
    """A platform that runs, shared by the tests of a module."""
    return start().becomes_ready()
