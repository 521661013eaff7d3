"""`manage.py new_epoch`."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from events_app.log.epochs import current_epoch
from events_app.operating import epoch_note

pytestmark = pytest.mark.django_db


def test_each_call_begins_another_epoch_and_prints_both(capsys: pytest.CaptureFixture[str]) -> None:
    first = current_epoch()
    call_command("new_epoch", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"epoch": current_epoch(), "previous": first}
    call_command("new_epoch")
    assert f"epoch {current_epoch()}, before: {answer['epoch']}" in capsys.readouterr().out


def test_a_note_that_cannot_be_written_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(epoch_note, "database_file", lambda: tmp_path / "nowhere" / "todo.sqlite3")
    with pytest.raises(SystemExit) as ended:
        call_command("new_epoch")
    assert ended.value.code == 1
    assert "the note beside the database cannot be written" in capsys.readouterr().err
