"""Long rows: their backup is in parts that a restore reads, however many rows came at once."""

from pathlib import Path

from todo_project.backup.archive import PART_BYTES
from todo_project.backup.inspection import inspect_backup
from todo_project.tests.backup.archives import Files, files_in, pack, part_of, written

LINE = b'["' + b"x" * 80_000 + b'"]\n'
BATCH = LINE * 900


def _as_one_part(files: Files) -> Files:
    """The same as it was written when a batch was not divided."""
    lines = b"".join(content for name, content in files.items() if name.endswith(".jsonl"))
    ends = {name: content for name, content in files.items() if not name.endswith(".jsonl")}
    return {
        "manifest.json": ends["manifest.json"],
        "01-events_app.stream.0001.jsonl": lines,
        "sums.json": ends["sums.json"],
    }


def test_a_batch_of_long_rows_is_divided_and_can_be_restored(tmp_path: Path) -> None:
    path = written(tmp_path / "long.tar.gz", BATCH, LINE, LINE)
    assert inspect_backup(path).sums.rows == 902
    parts = [content for name, content in files_in(path).items() if name.endswith(".jsonl")]
    assert sum(map(len, parts)) > 64 * 1024 * 1024
    assert max(map(len, parts)) < PART_BYTES + len(LINE)
    assert all(part.endswith(b"\n") for part in parts)


def test_a_part_of_before_that_is_as_long_as_its_batch_is_read(tmp_path: Path) -> None:
    short = written(tmp_path / "short.tar.gz", BATCH)
    files = _as_one_part(files_in(short))
    assert len(files[part_of(files, "events_app.stream")]) == len(BATCH)
    path = pack(tmp_path / "one.tar.gz", files)
    assert inspect_backup(path).sums.rows == 900
