"""The note beside an SQLite database shows whether the database was replaced."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from events_app.models import Epoch
from events_app.operating import epoch_note
from events_app.operating.epoch_note import Circumstances, EpochNote, EpochReason, find_doubt

ROW = Epoch(value="e", mark="m", reason=EpochReason.ASKED)
RUNNING = EpochNote(epoch="e", mark="m", events=7, boot="b1", durable=False, sealed_ns=5)
STOPPED = replace(RUNNING, boot=None)
HERE = Circumstances(ROW, events=7, boot="b1", sealed_ns=5)
REBOOTED = replace(HERE, boot="b2")
UNKNOWN = replace(HERE, boot="")


@pytest.mark.parametrize(
    ("note", "found", "expected"),
    [
        (STOPPED, HERE, None),
        (RUNNING, HERE, None),  # killed: the system still had what was committed
        (STOPPED, replace(HERE, events=9), None),  # another process has written meanwhile
        (STOPPED, REBOOTED, None),
        (STOPPED, UNKNOWN, None),
        (RUNNING, REBOOTED, EpochReason.POWER_CUT),
        (replace(RUNNING, durable=True), REBOOTED, None),
        (replace(RUNNING, boot=""), UNKNOWN, EpochReason.POWER_CUT),
        (replace(RUNNING, boot="", durable=True), UNKNOWN, None),
        (None, HERE, EpochReason.NO_FILE),
        (replace(STOPPED, epoch="other"), HERE, EpochReason.OTHER_FILE),
        (replace(STOPPED, mark="other"), HERE, EpochReason.OTHER_FILE),
        (RUNNING, replace(HERE, events=6), EpochReason.OTHER_FILE),
        (STOPPED, replace(HERE, sealed_ns=6), EpochReason.COPIED),
        (STOPPED, replace(HERE, sealed_ns=None), EpochReason.COPIED),
    ],
)
def test_a_doubt_has_a_reason(
    note: EpochNote | None, found: Circumstances, expected: EpochReason | None
) -> None:
    assert find_doubt(note, found) == expected


def test_every_doubt_is_explained() -> None:
    assert set(epoch_note.DOUBTS) == set(EpochReason) - {
        EpochReason.INSTALLED,
        EpochReason.ASKED,
        EpochReason.RESTORED,
    }


def test_a_note_is_read_as_it_was_written_and_is_for_its_owner(tmp_path: Path) -> None:
    database = tmp_path / "todo.sqlite3"
    old_mask = os.umask(0)
    try:
        for note in (RUNNING, STOPPED):
            epoch_note.write_note(database, note)
            assert epoch_note.read_note(database) == note
        epoch_note.make_seal(database)
    finally:
        os.umask(old_mask)
    for path in (epoch_note.note_path(database), epoch_note.seal_path(database)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"todo.sqlite3.epoch", "todo.sqlite3.seal"}


def test_a_note_is_amended_in_its_place(tmp_path: Path) -> None:
    database = tmp_path / "todo.sqlite3"
    epoch_note.write_note(database, RUNNING)
    place = epoch_note.note_path(database).stat().st_ino
    for events in (8, 10, 12345):
        epoch_note.amend_note(database, replace(RUNNING, events=events))
        assert epoch_note.read_note(database) == replace(RUNNING, events=events)
    assert epoch_note.note_path(database).stat().st_ino == place


def test_a_draft_that_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    database = tmp_path / "todo.sqlite3"
    (tmp_path / "todo.sqlite3.epoch.new").write_text("half a no")
    epoch_note.write_note(database, STOPPED)
    assert epoch_note.read_note(database) == STOPPED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"epoch": "e"}',
        json.dumps({**asdict(RUNNING), "events": "7"}).encode(),
    ],
)
def test_what_is_no_note_is_none(tmp_path: Path, content: bytes) -> None:
    database = tmp_path / "todo.sqlite3"
    epoch_note.note_path(database).write_bytes(content)
    assert epoch_note.read_note(database) is None


def test_a_folder_in_the_place_of_the_note_is_none(tmp_path: Path) -> None:
    epoch_note.note_path(tmp_path / "todo.sqlite3").mkdir()
    assert epoch_note.read_note(tmp_path / "todo.sqlite3") is None


def copy_over(folder: Path, copy: Path) -> None:
    """Overwrite the existing files with the content and times of others, as `cp -a` does."""
    for path in copy.iterdir():
        shutil.copy2(path, folder / path.name)


def remove_and_copy(folder: Path, copy: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)


@pytest.mark.parametrize("put_back", [copy_over, remove_and_copy])
def test_no_copy_has_the_change_time_of_a_seal(
    tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    sealed = epoch_note.make_seal(folder / "todo.sqlite3")
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert epoch_note.read_seal(copy / "todo.sqlite3") != sealed
    assert epoch_note.read_seal(folder / "todo.sqlite3") == sealed
    put_back(folder, copy)
    assert epoch_note.read_seal(folder / "todo.sqlite3") not in (None, sealed)


def test_a_folder_that_is_moved_keeps_its_seal(tmp_path: Path) -> None:
    folder, moved = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    sealed = epoch_note.make_seal(folder / "todo.sqlite3")
    folder.rename(moved)
    assert epoch_note.read_seal(moved / "todo.sqlite3") == sealed


def test_the_boot_is_told_or_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("4f1c\n")
    monkeypatch.setattr(epoch_note, "_BOOT_ID", tmp_path / "boot_id")
    assert epoch_note.boot_id() == "4f1c"
    monkeypatch.setattr(epoch_note, "_BOOT_ID", tmp_path / "absent")
    assert epoch_note.boot_id() == ""
