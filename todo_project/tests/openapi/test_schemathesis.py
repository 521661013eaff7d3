"""Schemathesis over the document that a web process serves, signed in: every phase and check, a fixed seed."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.up.starting import run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
LEAST_CASES = 2000
# However busy the machine is; on two cores of its own it takes some three minutes.
DEADLINE_SECONDS = 1200
# Limits would hide what a call is answered: none of them may be met.
NO_LIMITS = {
    "TODO_WRITES_PER_SECOND": "0",
    "TODO_WRITE_BYTES_PER_SECOND": "0",
    "TODO_KEYED_ANSWERS_PER_DAY": "0",
    "TODO_TASKS_PER_USER": "0",
    "TODO_TAGS_PER_USER": "0",
    "TODO_VIEWS_PER_USER": "0",
    "TODO_FAILED_SIGNINS_PER_MINUTE": "1000000",
    "TODO_FAILED_SIGNINS_PER_ADDRESS": "1000000",
    "TODO_SIGNINS_PER_USER": "1000000",
    "TODO_SOCKET_TICKETS_PER_USER": "1000000",
    "TODO_EMAIL_LINKS_PER_HOUR": "100000",
    "TODO_EMAIL_LINKS_PER_DAY": "100000",
}
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    """The URL of a web process on a database of its own."""
    [port] = pick(1)
    database = {"TODO_DATA_DIR": str(tmp_path), "TODO_DATABASE_URL": f"sqlite:///{tmp_path / 'todo.sqlite3'}"}
    environment = role_environment({**database, **NO_LIMITS})
    made = run_manage("migrate", "--verbosity", "0", environment=environment)
    assert made.returncode == 0, made.stderr
    arguments = [
        "manage.py",
        "web",
        "--host",
        LOOPBACK,
        "--port",
        str(port),
        "--processes",
        "1",
        "--threads",
        "4",
    ]
    role = Role(arguments, environment=environment, log=tmp_path / "web.log")
    url = f"http://{LOOPBACK}:{port}"
    try:
        assert wait_until(lambda: _lives(role, url), seconds=PATIENCE), role.tail
        yield url
    finally:
        role.kill()


def _lives(role: Role, url: str) -> bool:
    role.check()
    try:
        return httpx.get(f"{url}/livez", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


def fuzz(
    url: str, *, person: dict[str, str], token: str, seed: str, report: Path
) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis to its end."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)),
        *("run", f"{url}/api/schema/?format=json", "--seed", seed),
        *("--header", f"Authorization: Bearer {token}"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    ours = {
        "FUZZED_URL": url,
        "FUZZED_TOKEN": token,
        "FUZZED_NAME": person["username"],
        "FUZZED_PASSWORD": person["password"],
        "PYTHONPATH": str(REPOSITORY),
    }
    return subprocess.run(
        command,
        check=False,
        cwd=report.parent,
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )


def test_the_api_does_what_its_document_says(
    api: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    wanted = request.config.getoption("--api-seed")
    seed = str(secrets.randbelow(2**31)) if wanted == "fresh" else wanted
    person = {"username": "fuzzer", "password": "correct horse 77"}
    token = httpx.post(f"{api}/api/auth/register/", json=person, timeout=PATIENCE).json()["access"]
    report = tmp_path / "report.json"
    done = fuzz(api, person=person, token=token, seed=seed, report=report)

    assert done.returncode == 0, f"seed {seed}\n{done.stdout[-20_000:]}{done.stderr[-2000:]}"
    assert cases(report) >= LEAST_CASES


def cases(report: Path) -> int:
    """Return how many calls were made."""
    found = json.loads(report.read_text())
    return int(found["test_cases"]["generated"])
