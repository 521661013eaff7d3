"""`manage.py up` in a process of its own, as people start it."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.ports import LOOPBACK, pick
from devstack.waiting import becomes_true
from todo_project.tests.platform.roles import PATIENCE, Role

OURS = ("TODO_", "DAPR_", "APP_", "DJANGO_", "CELERY_")


def installation(data_dir: Path, **given: str) -> dict[str, str]:
    """The environment of a fresh installation: nothing of the test run's own, local settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "PYTHONUNBUFFERED": "1", "TODO_DATA_DIR": str(data_dir), **given}


class Running:
    """One start of `manage.py up` on a data folder."""

    def __init__(self, data_dir: Path, log: Path, environment: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.environment = installation(data_dir, **environment)
        self.role = Role(["manage.py", "up"], environment=self.environment, log=log)

    @property
    def url(self) -> str:
        """Where it says that it runs."""
        self.role.says("Stop ")
        found = re.search(r"Todo runs at +http://localhost:(\d+)/", self.role.output)
        assert found, self.role.tail
        return f"http://{LOOPBACK}:{found[1]}"

    @property
    def password(self) -> str:
        """The administrator's password, which it prints once."""
        found = re.search(r"Login +admin / (\S+) ", self.role.output)
        assert found, self.role.tail
        return found[1]

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        told: dict[str, Any] = httpx.get(f"{self.url}/readyz", timeout=PATIENCE).json()
        return told

    def becomes_ready(self) -> "Running":
        """Wait until every role runs."""
        assert becomes_true(lambda: self.ready()["status"] == "ok", seconds=PATIENCE), self.ready()
        return self

    def signed_in(self, password: str) -> httpx.Client:
        """A client with the administrator's credentials."""
        answer = httpx.post(
            f"{self.url}/api/auth/token/", json={"username": "admin", "password": password}, timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access']}"}
        return httpx.Client(base_url=self.url, headers=bearer, timeout=PATIENCE)

    def value(self, query: str) -> Any:
        """The first value of a query, asked beside the running platform."""
        with sqlite3.connect(f"file:{self.data_dir / 'todo.sqlite3'}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchone()[0]


Start = Callable[..., Running]


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
