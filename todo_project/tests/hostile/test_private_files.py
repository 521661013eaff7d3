"""Another user of the machine gets at nothing of an installation: not at new files, nor at what was left open."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import get_commands

from devstack.waiting import wait_until
from events_app.operating.epoch_note import make_seal, read_seal
from todo_project.cli import ROLES
from todo_project.doctor import Level, machine
from todo_project.installation.private_files import PUBLISHING, close_installation, is_ours_alone
from todo_project.installation.secret_key import read_or_create_secret_key
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running, installation, run_manage
from todo_project.up import data_dir


def modes(folder: Path) -> dict[str, str]:
    """The modes of a folder and of all there is in it."""
    found = {path.relative_to(folder).as_posix(): path for path in (folder, *folder.rglob("*"))}
    return {name: f"{stat.S_IMODE(path.lstat().st_mode):03o}" for name, path in found.items()}


def open_ones(folder: Path) -> dict[str, str]:
    """What others could get at."""
    return {name: mode for name, mode in modes(folder).items() if not mode.endswith("00")}


@pytest.fixture
def wide() -> Iterator[None]:
    """The umask of most systems, or an even wider one, in this process and in those that it starts."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def left_open(tmp_path: Path, wide: None) -> Path:
    """A data folder as the last release made it, and what people put there."""
    folder = tmp_path / "data"
    (folder / "logs").mkdir(parents=True)
    for name in (
        "todo.sqlite3",
        "todo.sqlite3-wal",
        "todo.sqlite3.epoch",
        "secret_key",
        "backup.tar",
        "logs/up",
    ):
        (folder / name).write_text("")
    assert open_ones(folder) == modes(folder)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_up_makes_files_for_its_owner_only(tmp_path: Path, wide: None) -> None:
    folder = tmp_path / "new" / "data"
    running = Running(folder, tmp_path / "log", {})
    try:
        running.becomes_ready()
        assert {"todo.sqlite3", "todo.sqlite3-wal", "secret_key", "up.lock", "folder_id"} <= set(
            modes(folder)
        )
        assert open_ones(folder) == {}
        done = run_manage("doctor", environment=running.environment)
        assert "no other user can access the data" in done.stdout
    finally:
        running.role.kill()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_folder_that_was_left_open_is_closed_by_the_next_start(tmp_path: Path, wide: None) -> None:
    folder = tmp_path / "data"
    environment = installation(folder)
    folder.mkdir()
    assert run_manage("migrate", "-v0", environment=environment).returncode == 0
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777 if path.is_dir() else 0o644)
    (folder / "old.log").write_text("")
    examined = run_manage("doctor", environment=environment)
    assert "other users can access" in examined.stdout
    assert open_ones(folder) == modes(folder)  # doctor only looks

    running = Running(folder, tmp_path / "log", {})
    try:
        assert running.url
        assert wait_until(lambda: open_ones(folder) == {}, seconds=PATIENCE), open_ones(folder)
    finally:
        running.role.kill()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody on the machine may enter."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")
def test_another_user_reads_no_session_and_no_hash(public_folder: Path, wide: None) -> None:
    environment = installation(public_folder / "data")
    database = public_folder / "data" / "todo.sqlite3"
    assert run_manage("migrate", "-v0", environment=environment).returncode == 0
    read = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "head", "-c", "15", str(database)]

    for path, mode in ((public_folder / "data", 0o755), (database, 0o644)):  # of the two, each is enough
        refused = subprocess.run(read, check=False, capture_output=True, text=True)
        assert "Permission denied" in refused.stderr
        path.chmod(mode)
    assert subprocess.run(read, check=True, capture_output=True, text=True).stdout == "SQLite format 3"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["relay", "web"])
def test_a_role_closes_the_database_that_it_opens(tmp_path: Path, wide: None, role: str) -> None:
    database = tmp_path / "elsewhere" / "todo.sqlite3"
    database.parent.mkdir()
    environment = installation(tmp_path / "data", TODO_DATABASE_URL=f"sqlite:///{database}")
    assert run_manage("migrate", "-v0", environment=environment).returncode == 0
    assert modes(database.parent)["todo.sqlite3"] == "600"
    database.chmod(0o666)

    assert run_manage(role, "--help", environment=environment).returncode == 0

    assert modes(database.parent)["todo.sqlite3"] == "600"
    assert modes(database.parent)["."] == "777"  # a folder that we were not given is not ours to close
    assert open_ones(tmp_path / "data") == {}


@pytest.mark.slow
def test_what_is_made_for_others_stays_readable(tmp_path: Path, wide: None) -> None:
    environment = installation(tmp_path / "data")
    script = (
        "import os, sys; from todo_project.installation.private_files import hide_new_files;"
        " hide_new_files(sys.argv);"
    )
    for command, expected in (
        ("collectstatic", "0o0"),
        ("reference", "0o0"),
        ("migrate", "0o77"),
        ("up", "0o77"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", f"{script} print(oct(os.umask(0)))", command],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == expected, command


def test_the_commands_that_close_or_publish_exist_under_these_names() -> None:
    assert set(get_commands()) >= ROLES | PUBLISHING
    assert not ROLES & PUBLISHING


def test_everything_in_the_folder_is_closed_and_nothing_is_opened(left_open: Path) -> None:
    (left_open / "read_only").write_text("")
    (left_open / "read_only").chmod(0o444)

    close_installation(left_open, None)

    found = modes(left_open)
    assert (found["."], found["logs"], found["secret_key"], found["read_only"]) == (
        "700",
        "700",
        "600",
        "400",
    )


def test_a_link_out_of_the_folder_is_not_followed(left_open: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    (left_open / "link").symlink_to(outside)

    close_installation(left_open, None)

    assert stat.S_IMODE(outside.stat().st_mode) == 0o666


def test_doctor_names_what_is_open_and_its_command_closes_it(left_open: Path, tmp_path: Path) -> None:
    database = tmp_path / "it's elsewhere.sqlite3"
    database.write_text("")
    tmp_path.chmod(0o755)

    finding = machine.check_private_files(left_open, database)

    assert finding.level is Level.FAIL
    assert str(left_open) in finding.detail
    subprocess.run(finding.mend, shell=True, check=True)  # noqa: S602 - the point of the command
    assert machine.check_private_files(left_open, database).level is Level.OK
    assert (open_ones(left_open), stat.S_IMODE(database.stat().st_mode)) == ({}, 0o600)


def test_the_command_of_doctor_does_not_make_clients_start_afresh(left_open: Path) -> None:
    database = left_open / "todo.sqlite3"
    sealed_ns = make_seal(database)  # when it changes, the database counts as restored

    subprocess.run(machine.check_private_files(left_open, database).mend, shell=True, check=True)  # noqa: S602

    assert machine.check_private_files(left_open, database).level is Level.OK
    assert read_seal(database) == sealed_ns


@pytest.mark.parametrize("error", [PermissionError(1, "not permitted"), OSError(95, "not supported")])
def test_a_file_system_that_knows_no_modes_and_no_links_stops_no_start(
    left_open: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "chmod", refuse)
    monkeypatch.setattr("os.link", refuse)
    (left_open / "secret_key").unlink()

    with data_dir.hold_data_dir(left_open) as folder_id:
        assert len(folder_id) == 16
        key = read_or_create_secret_key(left_open)

    assert len(key) == 50
    assert read_or_create_secret_key(left_open) == key
    assert machine.check_private_files(left_open, None).level is Level.FAIL


def test_a_folder_that_is_not_the_installation_s_alone_is_left_as_it_is(
    tmp_path: Path, wide: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setenv("HOME", str(tmp_path))

    for folder in (
        shared,
        tmp_path,
        Path("/"),
        Path("/var"),
        Path(machine._LOCK).parent,
        tmp_path / "nowhere",
    ):
        assert not is_ours_alone(folder), folder
    close_installation(shared, None)

    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert "TODO_DATA_DIR" in machine.check_private_files(shared, None).mend
