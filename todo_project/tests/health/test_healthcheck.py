"""`manage.py healthcheck` as an orchestrator runs it: a process of its own, every few seconds."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from events_app.runtime.side_port import SidePort
from todo_project.tests.platform.roles import PATIENCE


@pytest.fixture
def port() -> Iterator[int]:
    side = SidePort(
        LOOPBACK,
        0,
        {"/livez": lambda: (200, {"status": "ok"}), "/readyz": lambda: (503, {"missing": ["tables"]})},
    )
    side.start()
    yield side.server_port
    side.stop()


def healthcheck(*arguments: object, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "manage.py", "healthcheck", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env={"DJANGO_SETTINGS_MODULE": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_a_role_that_answers_200_is_well(port: int) -> None:
    done = healthcheck("--port", port)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("path", "said"), [("/readyz", "503"), ("/other", "404")])
def test_another_answer_is_1_and_a_sentence(port: int, path: str, said: str) -> None:
    done = healthcheck("--port", port, path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"todo: localhost:{port}{path}: {said}")
    assert "\n" not in done.stderr.rstrip("\n")


def test_a_role_that_is_not_there_is_1_and_a_wrong_option_2() -> None:
    done = healthcheck("--port", pick(1)[0])
    assert (done.returncode, "ConnectionRefused" in done.stderr) == (1, True)
    assert healthcheck("--prot", 1).returncode == 2


def test_it_loads_neither_django_nor_settings(port: int) -> None:
    done = healthcheck("--port", port, options=("-X", "importtime"))
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "todo_project.health.healthcheck" in loaded
    assert not {name for name in loaded if name.partition(".")[0] in {"django", "celery", "events_app"}}
    assert not {name for name in loaded if name.startswith("todo_project.settings")}
