"""A bad backup, and a place that it does not fit, are refused with one sentence before anything is written.

Only the tests of a place may use the database: pytest refuses every connection to the others.
"""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from events_app.models import Stream
from events_app.runtime.heartbeats import beat
from foundation.database.migrations_state import installed_migrations
from todo_project.backup.inspection import inspect_backup
from todo_project.tests.backup.archives import Files, files_in, pack, part_of, with_manifest

NEWER = "todo_project.9999_of_tomorrow"


def refusal(path: Path, *words: str) -> tuple[int, str]:
    """Run `restore`, which must refuse; return the exit code and the sentence."""
    said, printed = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("restore", str(path), *words, stderr=said, stdout=printed)
    assert (printed.getvalue(), said.getvalue().count("\n")) == ("", 1)
    return int(str(end.value.code)), said.getvalue().strip()


def test_a_good_one_is_read_to_its_end(small: Path) -> None:
    found = inspect_backup(small)
    assert (found.sums.rows, found.sums.heads) == (2, 0)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.tar.gz"
    assert refusal(path) == (2, f"todo: {path} cannot be read: No such file or directory.")
    code, sentence = refusal(tmp_path)
    assert (code, sentence) == (2, f"todo: {tmp_path} cannot be read: Is a directory.")


def _text(path: Path) -> None:
    path.write_text("Dear restore, I am a letter.")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _gzipped_text(path: Path) -> None:
    path.write_bytes(gzip.compress(b"Dear restore, I am a letter."))


def _other_archive(path: Path) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("letter.txt"), io.BytesIO())


def _other_manifest(path: Path) -> None:
    pack(path, {"manifest.json": b'{"format": 1, "name": "an add-on for a browser"}'})


@pytest.mark.parametrize("make", [_text, _empty, _gzipped_text, _other_archive, _other_manifest])
def test_a_file_that_is_no_backup_of_ours(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "letter"
    make(path)
    assert refusal(path) == (1, f"todo: {path} is no backup of this platform.")


def _changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    return pack(path.with_name("changed.tar.gz"), with_manifest(files_in(path), change))


def test_a_newer_format(small: Path) -> None:
    path = _changed(small, lambda manifest: manifest.update(format=2, release="7.0.0", invented=[1]))
    assert refusal(path) == (
        1,
        f"todo: {path} has format 2, and this release (0.1.0) reads 1: restore it with release 7.0.0, which made it,"
        " or a newer one.",
    )


def test_tables_of_a_newer_release(small: Path) -> None:
    path = _changed(
        small, lambda manifest: (manifest.update(release="7.0.0"), manifest["migrations"].append(NEWER))
    )
    assert refusal(path) == (
        1,
        f"todo: {path} is of release 7.0.0, whose tables this release (0.1.0) does not have: {NEWER}. Restore it with"
        " that release.",
    )


def test_tables_of_an_older_release(small: Path) -> None:
    last = max(f"{app}.{name}" for app, name in installed_migrations() if app == "tasks_app")
    path = _changed(small, lambda manifest: manifest["migrations"].remove(last))
    code, sentence = refusal(path)
    assert (code, f"from before {last}: restore it with that release" in sentence) == (1, True), sentence


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_bytes_that_were_damaged(small: Path, share: float) -> None:
    content = bytearray(small.read_bytes())
    at = int(len(content) * share)
    content[at : at + 16] = bytes(each ^ 0x5A for each in content[at : at + 16])
    small.write_bytes(content)
    code, sentence = refusal(small)
    assert (code, sentence.endswith("Take another backup.")) == (1, True), sentence
    assert f"todo: {small} is damaged: " in sentence


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_an_end_that_is_missing(small: Path, share: float) -> None:
    content = small.read_bytes()
    small.write_bytes(content[: int(len(content) * share)])
    assert refusal(small) == (1, f"todo: {small} ends too early: it was cut off, or not written to its end.")


def test_an_archive_without_its_sums(small: Path) -> None:
    files = files_in(small)
    del files["sums.json"]
    pack(small, files)
    assert refusal(small) == (1, f"todo: {small} ends too early: it was cut off, or not written to its end.")


def _other_row(files: Files) -> Files:
    name = part_of(files, "events_app.stream")
    return {**files, name: files[name].replace(b"user:1", b"user:3")}


def _without_rows(files: Files) -> Files:
    missing = part_of(files, "events_app.stream")
    return {name: content for name, content in files.items() if name != missing}


def _one_row_more(files: Files) -> Files:
    sums = files.pop("sums.json")
    return {**files, "99-events_app.lease.0001.jsonl": b"[]\n", "sums.json": sums}


def _sums_without_a_table(files: Files) -> Files:
    sums = json.loads(files["sums.json"])
    del sums["tables"]["tasks_app.task"]
    return {**files, "sums.json": json.dumps(sums).encode()}


def _other_manifest_than_summed(files: Files) -> Files:
    return {**files, "manifest.json": files["manifest.json"].replace(b"an epoch", b"no epoch")}


@pytest.mark.parametrize(
    "change", [_other_row, _without_rows, _one_row_more, _sums_without_a_table, _other_manifest_than_summed]
)
def test_content_with_another_hash(small: Path, change: Callable[[Files], Files]) -> None:
    pack(small, change(files_in(small)))
    code, sentence = refusal(small)
    assert (code, sentence.endswith("is not what was written. Take another backup.")) == (1, True), sentence


def test_another_audit_key(small: Path, settings: Settings) -> None:
    settings.AUDIT_KEYS = ("1:another key than the one that the trail was made with",)
    code, sentence = refusal(small)
    assert (code, "a key that TODO_AUDIT_KEYS does not have: 1 (id " in sentence) == (2, True), sentence


@pytest.mark.django_db
def test_a_database_that_holds_something(small: Path) -> None:
    Stream.objects.create(key="user:7")
    code, sentence = refusal(small)
    assert (code, "the database is not empty: it has rows in events_app.stream." in sentence) == (2, True), (
        sentence
    )
    assert [stream.key for stream in Stream.objects.all()] == ["user:7"]


@pytest.mark.django_db
def test_a_database_that_is_in_use(small: Path) -> None:
    beat("relay")
    assert refusal(small) == (2, "todo: the platform runs on this database (relay); stop it first.")
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "name a file, or --keep N DIR; see `manage.py backup --help`."),
        (["a", "--keep", "3", "b"], "name a file, or --keep N DIR; see `manage.py backup --help`."),
        (
            ["--keep", "0", "b"],
            "--keep: '0' is no whole number from 1 to 10000; see `manage.py backup --help`.",
        ),
        (["/nowhere/a"], "/nowhere/a cannot be written: No such file or directory."),
        (["--keep", "3", "/nowhere"], None),
    ],
)
def test_a_backup_that_is_asked_for_wrongly(words: list[str], sentence: str | None) -> None:
    said = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("backup", *words, stderr=said)
    assert (end.value.code, said.getvalue().count("\n")) == (2, 1)
    assert sentence is None or said.getvalue() == f"todo: {sentence}\n"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_a_backup_replaces_nothing_but_a_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path = Path()  # `backup .`
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "aim").write_text("precious")
        path.symlink_to(tmp_path / "aim")
    before, said = path.lstat().st_mode, io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("backup", str(path), stderr=said)
    sentence = f"todo: {path} is there and no regular file; name another one, or `-` for standard output.\n"
    assert (end.value.code, said.getvalue()) == (2, sentence)
    assert path.lstat().st_mode == before
