"""`restore --check` proves a backup beside any settings of a database, and leaves nothing behind."""

import os
from pathlib import Path

import pytest

from devstack.waiting import wait_until
from todo_project.backup.checking import environment_of_temporary
from todo_project.settings.env import load
from todo_project.tests.platform.environment import SECRET_KEY, role_environment
from todo_project.tests.platform.first_process import child_of
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.test_sidecar_secrets import served
from todo_project.tests.up.starting import run_manage

URL = "postgresql://todo@127.0.0.1:9/nobody-is-there"
IN_STORE = {
    "TODO_DATABASE_URL": URL,
    "TODO_DATABASE_PASSWORD": "a password",
    "TODO_SECRET_KEY": SECRET_KEY,
    "TODO_AUDIT_KEYS": f"1:{SECRET_KEY}",
}


@pytest.fixture
def from_files(tmp_path: Path) -> dict[str, str]:
    """The settings of a server that is away, from files."""
    (tmp_path / "url").write_text(URL)
    (tmp_path / "password").write_text("a password")
    return {
        "TODO_DATABASE_URL_FILE": str(tmp_path / "url"),
        "TODO_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
    }


def test_secrets_of_a_store_do_not_reach_the_temporary_database(tmp_path: Path) -> None:
    with served({"/v1.0/secrets/safe/todo": (200, IN_STORE)}) as (environ, _server):
        environment = environment_of_temporary(
            {**environ, "TODO_SECRETS_NAME": "todo"}, tmp_path / "file.sqlite3"
        )
    assert {name for name in environment if name.startswith(("TODO_SECRETS_", "TODO_DATABASE_"))} == {
        "TODO_DATABASE_URL"
    }
    env = load(environment)
    assert env.database_url == f"sqlite:///{tmp_path}/file.sqlite3"
    assert env.secret_key == SECRET_KEY


@pytest.mark.slow
def test_a_backup_is_proved_beside_a_server_that_is_named_in_files(
    small: Path, tmp_path: Path, from_files: dict[str, str]
) -> None:
    environment = role_environment({**from_files, "TMPDIR": str(tmp_path)})
    done = run_manage("restore", str(small), "--check", "--without-audit-key", environment=environment)
    assert "2 rows restored" in done.stdout, done.stderr
    assert done.returncode == 3  # the key
    assert not list(tmp_path.glob("todo-restore-*"))


@pytest.mark.slow
def test_sigterm_ends_the_check_and_removes_the_copy(tmp_path: Path, from_files: dict[str, str]) -> None:
    endless = tmp_path / "endless"  # opening it waits for a writer for ever
    os.mkfifo(endless)
    environment = role_environment({**from_files, "TMPDIR": str(tmp_path)})
    role = Role(
        ["manage.py", "restore", str(endless), "--check"], environment=environment, log=tmp_path / "log"
    )
    assert wait_until(lambda: bool(list(tmp_path.glob("todo-restore-*"))), seconds=PATIENCE), role.tail
    child = child_of(role.pid, seconds=PATIENCE)
    assert role.stop() == 1, role.tail
    assert "todo: stopped; " in role.output
    assert not list(tmp_path.glob("todo-restore-*"))
    assert not Path(f"/proc/{child}").exists()
