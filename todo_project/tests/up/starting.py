"""Starting an installation in processes of its own, as people do."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from devstack import plain_http
from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK
from devstack.waiting import wait_until
from todo_project.tests.platform.roles import PATIENCE, Role

OURS = ("TODO_", "DAPR_", "APP_", "DJANGO_", "CELERY_")


def installation(data_dir: Path, **given: str) -> dict[str, str]:
    """The environment of a fresh installation: nothing of the test run's own, local settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "PYTHONUNBUFFERED": "1", "TODO_DATA_DIR": str(data_dir), **given}


class Running:
    """One start of `manage.py up` on a data folder, from this tree or another one."""

    def __init__(
        self, data_dir: Path, log: Path, environment: Mapping[str, str], *, tree: Path = REPOSITORY
    ) -> None:
        self.data_dir = data_dir
        self.environment = installation(data_dir, **environment)
        self.role = Role([str(tree / "manage.py"), "up"], environment=self.environment, log=log)

    @property
    def url(self) -> str:
        """Where it says that it runs."""
        self.role.says("Stop ")
        found = re.search(r"Todo runs at +http://localhost:(\d+)/", self.role.output)
        assert found, self.role.tail
        return f"http://{LOOPBACK}:{found[1]}"

    @property
    def password(self) -> str:
        """The administrator's password, in a file because what it prints goes to no terminal."""
        self.role.says("Stop ")
        return (self.data_dir / "admin_password").read_text().strip()

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        told: dict[str, Any] = plain_http.get(f"{self.url}/readyz", timeout=PATIENCE).json()
        return told

    def becomes_ready(self) -> "Running":
        """Wait until every role runs."""
        assert wait_until(lambda: self.ready()["status"] == "ok", seconds=PATIENCE), self.ready()
        return self

    def signed_in(self, password: str) -> httpx.Client:
        """A client with the administrator's credentials."""
        answer = plain_http.post(
            f"{self.url}/api/auth/token/", json={"username": "admin", "password": password}, timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access']}"}
        return httpx.Client(base_url=self.url, headers=bearer, timeout=PATIENCE)

    def value(self, query: str) -> Any:
        """The first value of a query, asked beside the running platform."""
        with sqlite3.connect(f"file:{self.data_dir / 'todo.sqlite3'}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchone()[0]


def run_manage(
    *arguments: str, environment: Mapping[str, str], tree: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, of this tree or another one."""
    return subprocess.run(
        [sys.executable, str(tree / "manage.py"), *arguments],
        check=False,
        cwd=REPOSITORY,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )


Start = Callable[..., Running]
