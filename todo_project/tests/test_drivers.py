"""A driver that Django would prefer and this platform cannot use is refused by every role, at its start."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from todo_project.tests.up.starting import installation

POSTGRESQL = "postgresql://todo:hunter2@127.0.0.1:1/todo"
ROLES = {
    "manage.py check": ["manage.py", "check"],
    "manage.py up": ["manage.py", "up"],
    "manage.py relay": ["manage.py", "relay"],
    "manage.py web": ["manage.py", "web"],
    "manage.py sockets": ["manage.py", "sockets"],
    "manage.py consume": ["manage.py", "consume", "--all"],
    "wsgi": ["-c", "import todo_project.wsgi"],
    "asgi": ["-c", "import todo_project.asgi"],
    "celery": ["-m", "celery", "--app", "todo_project.celery", "inspect", "ping"],
}


@pytest.fixture
def with_psycopg_3(tmp_path: Path) -> Path:
    """A folder in which psycopg 3 seems to be installed."""
    package = tmp_path / "site" / "psycopg"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("class ClientCursor: ...\n__version__ = '3.2.0'\n")
    return package.parent


def start(command: list[str], folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    environment = installation(folder / "data", PYTHONPATH=f"{folder}:{REPOSITORY}", **given)
    return subprocess.run(
        [sys.executable, *command],
        check=False, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("command", ROLES.values(), ids=ROLES.keys())
def test_psycopg_3_is_refused_at_start_in_one_sentence(command: list[str], with_psycopg_3: Path) -> None:
    ended = start(command, with_psycopg_3, TODO_DATABASE_URL=POSTGRESQL)
    assert ended.returncode == 2, ended.stderr
    [sentence] = ended.stderr.strip().splitlines()
    assert sentence.startswith("todo: psycopg 3 is installed in")
    assert "pip uninstall psycopg" in sentence
    assert "hunter2" not in sentence


def test_on_sqlite_psycopg_3_disturbs_nobody(with_psycopg_3: Path) -> None:
    ended = start(["manage.py", "check"], with_psycopg_3)
    assert ended.returncode == 0, ended.stderr


def test_psycopg_3_without_its_library_is_what_django_passes_over(with_psycopg_3: Path) -> None:
    (with_psycopg_3 / "psycopg" / "__init__.py").write_text("raise ImportError('no pq wrapper available')\n")
    ended = start(["manage.py", "check"], with_psycopg_3, TODO_DATABASE_URL=POSTGRESQL)
    assert ended.returncode == 0, ended.stderr


def test_clients_of_services_that_are_not_used_are_not_loaded(tmp_path: Path) -> None:
    """They would take a fifth of the memory of one process, and of the time to its first answer."""
    loaded = "import sys; print(sorted({'grpc', 'dapr', 'aiohttp', 'kafka'} & set(sys.modules)))"
    program = f"import todo_project.wsgi, todo_project.asgi, todo_project.up.platform; {loaded}"
    done = start(["-c", program], tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
