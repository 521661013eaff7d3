"""What `make` does on a machine that has little."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack import bootstrap
from devstack.paths import REPOSITORY

pytestmark = pytest.mark.timeout(600)  # making environments is slow on a busy machine


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with locks and no environment."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"# {name}\n")
    monkeypatch.setattr(bootstrap, "_ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The locks that were installed, in order, instead of asking a package index; nor is pip needed for it."""
    monkeypatch.setattr(bootstrap, "MAKE", (*bootstrap.MAKE, "--without-pip"))
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "install_requirements", installed.append)
    return installed


def test_another_python_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        bootstrap.main(["manage.py", "up"])
    assert ended.value.code == 2
    assert "install python3.11" in capsys.readouterr().err


def test_a_python_that_cannot_make_environments_is_one_sentence(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        bootstrap.main(["manage.py", "up"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip().endswith("apt install python3-venv")


def test_an_environment_is_made_once_until_its_lock_changes(checkout: Path, installs: list[str]) -> None:
    bootstrap.make_current("requirements.txt")
    bootstrap.make_current("requirements.txt")
    assert installs == ["requirements.txt"]
    (checkout / "requirements.txt").write_text("# another release\n")
    (checkout / ".venv" / "left-behind").touch()
    bootstrap.make_current("requirements.txt")
    assert installs == ["requirements.txt", "requirements.txt"]
    assert not (checkout / ".venv" / "left-behind").exists()


def test_developing_adds_to_the_environment_and_running_needs_no_other(
    checkout: Path, installs: list[str]
) -> None:
    bootstrap.make_current("requirements.txt")
    (checkout / ".venv" / "kept").touch()
    bootstrap.make_current("requirements-dev.txt")
    bootstrap.make_current("requirements.txt")
    assert installs == ["requirements.txt", "requirements-dev.txt"]
    assert (checkout / ".venv" / "kept").exists()


def test_half_an_install_is_none(
    checkout: Path, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lock_name: str) -> None:
        raise bootstrap.RequirementMissing("no index")

    monkeypatch.setattr(bootstrap, "install_requirements", fail)
    with pytest.raises(bootstrap.RequirementMissing):
        bootstrap.make_current("requirements.txt")
    assert not bootstrap.is_current("requirements.txt")


def test_an_environment_that_was_moved_is_made_again(
    checkout: Path, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.make_current("requirements.txt")
    moved = checkout / "moved"
    (checkout / ".venv").rename(moved)
    monkeypatch.setattr(bootstrap, "VENV", moved)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", moved / "bin" / "python")
    assert not bootstrap.is_current("requirements.txt")


def test_both_locks_name_the_same_versions() -> None:
    def versions(name: str) -> set[str]:
        lines = (REPOSITORY / name).read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert versions("requirements.txt") <= versions("requirements-dev.txt")


def test_make_says_what_it_can_do() -> None:
    done = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for target in ("run", "test", "bench", "simulate", "lock", "lint", "format"):
        assert f"make {target}" in done.stdout


def test_make_hands_arguments_on_to_the_simulator() -> None:
    # The gate itself runs under make, which would say that another one enters its folder.
    command = ["make", "--no-print-directory", "--dry-run", "simulate", "ARGS=--seconds 5"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("manage.py simulate --seconds 5")
