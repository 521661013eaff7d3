"""`manage.py backup`: all that the platform keeps, in one file."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper
from django.db import Error

from events_app.errors import describe_error
from events_app.operating.commands import Exit, OperatorCommand, whole_number_from
from events_app.runtime.heartbeats import record_run
from events_app.runtime.stop_flag import StopFlag
from todo_project.backup.errors import BackupError, NotMade
from todo_project.backup.manifest import Sums
from todo_project.backup.rotation import dated_path, remove_drafts, remove_older
from todo_project.backup.saving import save_backup, whole_or_nothing
from todo_project.installation.patience import AskedToStop
from todo_project.metrics.figures import BACKUP

STANDARD_OUTPUT = "-"
_keep_number = whole_number_from(1, 10_000)


class Command(OperatorCommand):
    """Write everything that the platform keeps into one archive, which `restore` puts into an empty SQLite or
    PostgreSQL database. It may run at any time: all tables are read as they were at one moment, and nobody waits.

    Not in it: sessions of browsers (people sign in again), search words (made anew), keys. Keep TODO_SECRET_KEY and
    TODO_AUDIT_KEYS, or the files `secret_key` and `audit_keys` of the data folder, apart from it: who has both can read
    second factors and sign in as anybody.

    With --keep it first removes the half files of backups that were killed, and never the one that it has just made,
    whatever the dates of the others say.

    Exit code 1: it was not written, and no half file is left. 2: the file cannot be written, or is no regular file.
    """

    help = "Write a backup of everything into one file."
    examples = """\
  manage.py backup todo.tar.gz
  manage.py backup --keep 14 /var/backups/todo     a new file in the folder; the newest 14 are kept
  manage.py backup - | ssh elsewhere 'cat > todo.tar.gz'"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare the file and `--keep`."""
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help="the file to write; `-` is standard output"
        )
        parser.add_argument(
            "--keep", nargs=2, metavar=("N", "DIR"), help="write a dated file into DIR, and keep the newest N"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Write the backup, then remove older ones."""
        if (options["file"] is None) == (options["keep"] is None):
            self.refuse("name a file, or --keep N DIR; see `manage.py backup --help`.")
        if options["file"] == STANDARD_OUTPUT:
            self.stdout = OutputWrapper(sys.stderr)
        keep, path = self._keep(options["keep"]) if options["keep"] else (0, Path(options["file"]))
        if keep:  # first: they may have filled the disk
            self._say_removed(remove_drafts(path.parent))
        try:
            sums = self._save(path)
        except AskedToStop:
            self.refuse("stopped before the backup was whole; no file was written.", Exit.FAILED)
        except NotMade as error:
            self.refuse(str(error), Exit.FAILED)
        except BackupError as error:
            self.refuse(str(error))
        except OSError as error:
            self.refuse(f"{path} cannot be written: {error.strerror}.", Exit.FAILED)
        self._record(path, sums)
        self.say(
            f"{path}: {sums.rows} rows of {len(sums.tables)} tables, content {sums.content[:16]}",
            file=str(path),
            rows=sums.rows,
            content=sums.content,
        )
        if keep:
            self._say_removed(remove_older(path, keep=keep))
        return Exit.OK

    def _record(self, path: Path, sums: Sums) -> None:
        """Store for operators when the last backup was whole, where it is and how much is in it."""
        where = str(path) if str(path) == STANDARD_OUTPUT else str(path.resolve())
        try:
            record_run(BACKUP, {"file": where, "rows": sums.rows, "content": sums.content})
        except Error as error:  # the backup is there; only the note of it is not
            self.stderr.write(f"todo: the database has no note of this backup: {describe_error(error)}")

    def _say_removed(self, paths: list[Path]) -> None:
        for path in paths:
            self.say(f"removed {path}", removed=str(path))

    def _keep(self, words: list[str]) -> tuple[int, Path]:
        try:
            keep = _keep_number(words[0])
        except ArgumentTypeError as error:
            self.refuse(f"--keep: {error}; see `manage.py backup --help`.")
        return keep, dated_path(Path(words[1]), datetime.now(UTC))

    def _save(self, path: Path) -> Sums:
        stop = StopFlag().listen()

        def report(table: str, rows: int) -> None:
            self.progress(lambda: f"{rows} rows, {table}")

        if str(path) == STANDARD_OUTPUT:
            return save_backup(sys.stdout.buffer, is_stopping=stop.is_set, report=report)
        with whole_or_nothing(path) as stream:
            return save_backup(stream, is_stopping=stop.is_set, report=report)
