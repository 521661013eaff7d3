"""The key for push services in the data folder of an installation without `TODO_VAPID_PRIVATE_KEY`."""

from pathlib import Path

import pytest

from todo_project.installation.secret_key import read_or_create_push_key
from todo_project.settings.env import EnvError
from todo_project.settings.variables import parse_push_key


def test_it_is_made_once_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = read_or_create_push_key(folder)
    assert parse_push_key(key) == key == read_or_create_push_key(folder)
    assert (folder / "push_key").stat().st_mode & 0o777 == 0o600


def test_a_file_with_anything_else_is_one_sentence_without_it(tmp_path: Path) -> None:
    (tmp_path / "push_key").write_text("canary")
    with pytest.raises(EnvError) as refused:
        read_or_create_push_key(tmp_path)
    assert str(refused.value).startswith("The file push_key in TODO_DATA_DIR=")
    assert "canary" not in str(refused.value)
