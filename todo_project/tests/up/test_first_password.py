"""Where the first administrator's password goes: to a terminal, or into a file, never into a log."""

import stat
import sys
from io import StringIO
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts_app.models import User
from todo_project.up.preparation import ADMIN_NAME, introduce_admin

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def signs_in(password: str) -> bool:
    return User.objects.get(username=ADMIN_NAME).check_password(password)


def test_a_terminal_shows_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert signs_in(introduce_admin(tmp_path).split()[2])
    assert introduce_admin(tmp_path).startswith("admin, as before")
    assert list(tmp_path.iterdir()) == []


def test_elsewhere_it_goes_into_a_file_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", StringIO())
    line, path = introduce_admin(tmp_path), tmp_path / "admin_password"
    assert str(path) in line
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signs_in(path.read_text().strip())


def test_one_that_is_set_is_taken_and_goes_nowhere(tmp_path: Path, settings: Settings) -> None:
    settings.ADMIN_PASSWORD = "correct horse battery staple"
    assert introduce_admin(tmp_path) == "admin, with TODO_ADMIN_PASSWORD"
    assert signs_in(settings.ADMIN_PASSWORD)
    assert list(tmp_path.iterdir()) == []
