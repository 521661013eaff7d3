"""Restoring into a temporary SQLite file, in a process of its own: the kind of database of a process is fixed."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from todo_project.backup.errors import WrongPlace
from todo_project.installation.patience import AskedToStop
from todo_project.settings.env import needed_secrets, secret_names
from todo_project.settings.sidecar_secrets import SecretsMissing, with_secrets

_LOOK_SECONDS: Final = 0.1
_STORE: Final = ("TODO_SECRETS_STORE", "TODO_SECRETS_NAME")


def run_on_temporary_database(words: Sequence[str], *, is_stopping: Callable[[], bool]) -> int:
    """Run a command whose database is a new SQLite file below TMPDIR, and return its exit code; the file is removed.

    Once `is_stopping`, the command is killed, since what it works on is thrown away, and AskedToStop raised. Raises
    WrongPlace when the settings cannot be read.
    """
    with TemporaryDirectory(prefix="todo-restore-") as folder:
        environment = environment_of_temporary(os.environ, Path(folder) / "todo.sqlite3")
        process = subprocess.Popen(words, env=environment)
        try:
            return _end_of(process, is_stopping)
        finally:
            process.kill()
            process.wait()


def environment_of_temporary(environ: Mapping[str, str], database: Path) -> dict[str, str]:
    """Return the environment for the SQLite file `database`: without every other variable of a database.

    Secrets of a store are read here: a process beside the file must not find the password of the server there. Raises
    WrongPlace when they cannot be read.
    """
    try:
        known = with_secrets(environ, secret=secret_names(), needed=needed_secrets())
    except SecretsMissing as missing:
        raise WrongPlace(f"TODO_SECRETS_STORE: {missing}.") from None
    kept = {
        name: value
        for name, value in known.items()
        if not name.startswith("TODO_DATABASE_") and name not in _STORE
    }
    return {**kept, "TODO_DATABASE_URL": f"sqlite:///{database}"}


def _end_of(process: "subprocess.Popen[bytes]", is_stopping: Callable[[], bool]) -> int:
    while True:
        if is_stopping():
            raise AskedToStop
        try:
            return process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
