"""The roles that Celery and gunicorn run: they report themselves, and leave when asked to."""

import json
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.up.starting import installation, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database as this release wants it."""
    folder = tmp_path_factory.mktemp("roles")
    done = run_manage("migrate", "--verbosity", "0", environment=installation(folder))
    assert done.returncode == 0, done.stderr
    return folder


def roles_in(data_dir: Path) -> dict[str, dict[str, object]]:
    """What each role says of itself."""
    with sqlite3.connect(data_dir / "todo.sqlite3") as connection:
        rows = connection.execute("SELECT role, detail FROM events_app_heartbeat").fetchall()
    return {role: json.loads(detail) for role, detail in rows}


def every_line_is_json(role: Role) -> None:
    lines = [json.loads(line) for line in role.output.splitlines()]
    assert all(isinstance(line, dict) for line in lines)


def reports_and_leaves(
    role: Role, name: str, data_dir: Path, *, detail: Mapping[str, object] | None = None
) -> None:
    def is_reported() -> bool:
        role.check()
        return name in roles_in(data_dir)

    try:
        assert wait_until(is_reported, seconds=PATIENCE), role.tail
        assert roles_in(data_dir)[name].items() >= (detail or {}).items()
        assert role.stop() == 0, role.tail
        assert name not in roles_in(data_dir)
        every_line_is_json(role)
    finally:
        role.kill()


def test_web_reports_itself_and_leaves(data_dir: Path, tmp_path: Path) -> None:
    port = str(pick(1)[0])
    arguments = ["manage.py", "web", "--host", LOOPBACK, "--port", port, "--processes", "1"]
    role = Role(
        arguments, environment=installation(data_dir, TODO_LOG_FORMAT="json"), log=tmp_path / "web.log"
    )
    reports_and_leaves(role, "web", data_dir, detail={"host": LOOPBACK, "trusted_proxies": 0})


@pytest.fixture(scope="module")
def redis_url() -> str:
    return require_services("redis").environment()["TODO_REDIS_URL"]


@pytest.mark.services
@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_s_roles_report_themselves_and_leave(
    name: str, data_dir: Path, tmp_path: Path, redis_url: str
) -> None:
    environment = installation(data_dir, TODO_REDIS_URL=redis_url, TODO_LOG_FORMAT="json")
    role = Role(["manage.py", name], environment=environment, log=tmp_path / f"{name}.log")
    reports_and_leaves(role, name, data_dir)


@pytest.mark.parametrize("name", ["relay", "deliver"])
def test_our_own_loops_report_themselves_and_leave(name: str, data_dir: Path, tmp_path: Path) -> None:
    environment = installation(data_dir, TODO_LOG_FORMAT="json")
    role = Role(["manage.py", name], environment=environment, log=tmp_path / f"{name}.log")
    reports_and_leaves(role, name, data_dir)


def test_web_adds_up_what_its_processes_have_answered(data_dir: Path, tmp_path: Path) -> None:
    port, side = map(str, pick(2))
    arguments = ["manage.py", "web", "--host", LOOPBACK, "--port", port, "--processes", "2"]
    role = Role(arguments, environment=installation(data_dir, TODO_SIDE_PORT=side), log=tmp_path / "two.log")

    def answered() -> int:
        """How many requests for `/livez` the page of both says."""
        role.check()
        try:
            page = httpx.get(f"http://{LOOPBACK}:{side}/metrics", timeout=PATIENCE).text
        except httpx.TransportError:
            return -1
        found = re.search(r'^todo_http_requests_total\{.*"\^livez.*\} (\d+)', page, re.MULTILINE)
        return int(found[1]) if found else 0

    try:
        assert wait_until(lambda: answered() == 0, seconds=PATIENCE), role.tail
        role.says("Booting worker")
        for _ in range(20):  # each on a connection of its own, so that both processes get some
            assert wait_until(lambda: _is_served(port), seconds=PATIENCE), role.tail
        assert wait_until(lambda: answered() >= 20, seconds=PATIENCE), answered()
        assert role.stop() == 0, role.tail
        assert list(Path("/dev/shm").glob(f"todo-metrics-{role.pid}-*")) == []  # noqa: S108 - as the product
    finally:
        role.kill()


def _is_served(port: str) -> bool:
    try:
        return httpx.get(f"http://{LOOPBACK}:{port}/livez", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False
