"""`manage.py restore`: fill an empty database from a backup, and prove it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.stop_flag import StopFlag
from todo_project.backup.checking import run_on_temporary_database
from todo_project.backup.errors import BackupError, BadArchive, Unproved
from todo_project.backup.inspection import InspectedBackup, inspect_backup, require_audit_keys
from todo_project.backup.loading import (
    finish_restore,
    index_restored_tasks,
    load_backup,
    make_missing_tables,
)
from todo_project.backup.proof import find_faults_of_restored
from todo_project.installation.patience import AskedToStop, HeldByAnother

_WITHOUT_KEY = "--without-audit-key"


class Command(OperatorCommand):
    """Put a backup into an empty database, SQLite or PostgreSQL, whichever it was made of, and prove that it is whole.

    Start it with every role stopped, and on PostgreSQL as the role that owns the tables. It makes the tables where
    some are missing. A backup that is not ours, newer, older, damaged, cut off, or whose audit key is missing, and a
    database that holds anything, are refused before the first write. All rows come in one transaction, with a new
    epoch, so that clients load everything anew: a kill leaves the database empty, and the next try is like the first.
    Then it makes the search words, and checks every promise of the log and the whole audit trail. Where it is killed
    after the rows, the next try says so, and which commands do the rest.

    With --check it does all that in a temporary SQLite file and removes it: that proves a backup, and touches no
    database. TMPDIR says where; it needs about the size of the database.

    Exit code 0: restored and proved. 1: the backup is bad, or what was restored breaks a promise. 2: the database or
    the settings are not right for it, or the database failed, as on a full disk; nothing is restored. 3: restored;
    something waits for an operator, as it did when it was backed up, or the search words and the proof are still to be
    made, since it was stopped or the database failed.
    """

    help = "Restore a backup into an empty database, and prove it."
    examples = """\
  manage.py restore todo.tar.gz
  manage.py restore todo.tar.gz --check          prove a backup; no database is touched
  TODO_DATABASE_URL=postgresql://… manage.py restore todo.tar.gz"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare the file and the options."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
        parser.add_argument(
            "--check", action="store_true", help="restore into a temporary file, and remove it"
        )
        parser.add_argument(
            _WITHOUT_KEY,
            action="store_true",
            help="restore although a key of the audit trail is lost: nobody can verify it then",
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Inspect, restore, prove."""
        stop = StopFlag().listen()
        try:
            if options["check"]:
                return self._check(options, stop)
            backup = inspect_backup(options["file"])
            missing = require_audit_keys(backup.manifest, but=options["without_audit_key"])
            self._restore(backup, stop)
            with finish_restore():
                tasks = index_restored_tasks(is_stopping=stop.is_set, report=self._report)
                self.say(f"search words of {tasks} tasks made", indexed=tasks)
                code = self._prove(missing, stop)
        except AskedToStop:
            self.refuse("stopped; nothing is restored.", Exit.FAILED)
        except Unproved as error:
            self.refuse(str(error), Exit.DEGRADED)
        except (BadArchive, HeldByAnother) as error:
            self.refuse(str(error), Exit.FAILED)
        except BackupError as error:
            self.refuse(str(error))
        return code

    def _restore(self, backup: InspectedBackup, stop: StopFlag) -> None:
        make_missing_tables(backup)
        epoch = load_backup(backup, is_stopping=stop.is_set, report=self._report)
        about = backup.manifest
        of = f"release {about.release}, {about.database}, {about.made_at:%Y-%m-%d %H:%M} UTC"
        self.say(
            f"{backup.sums.rows} rows restored ({of}), content {backup.sums.content[:16]}",
            rows=backup.sums.rows,
            content=backup.sums.content,
        )
        self.say(f"epoch {epoch}, before: {about.epoch}", epoch=epoch, previous=about.epoch)

    def _prove(self, missing: tuple[int, ...], stop: StopFlag) -> Exit:
        def go_on(check: str) -> None:
            if stop.is_set():
                raise AskedToStop
            self.progress(lambda: f"checking every promise and the audit trail: {check}")

        findings = find_faults_of_restored(go_on)
        for finding in findings:
            self.say(
                f"{finding.kind:<9} {finding.check}: {finding.subject}: {finding.detail}", **vars(finding)
            )
        if missing:
            names = ", ".join(map(str, missing))
            self.say(
                f"the audit trail cannot be verified: key {names} is missing", missing_audit_keys=missing
            )
        if any(finding.kind == "broken" for finding in findings):
            return Exit.FAILED
        if findings or missing:
            return Exit.DEGRADED
        self.say("restored and proved: every promise holds, and the audit trail verifies", ok=True)
        return Exit.OK

    def _check(self, options: Mapping[str, Any], stop: StopFlag) -> Exit:
        words = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", str(options["file"])]
        words += ["--json"] if options["as_json"] else []
        words += [_WITHOUT_KEY] if options["without_audit_key"] else []
        code = run_on_temporary_database(words, is_stopping=stop.is_set)
        return Exit(code) if code in set(Exit) else Exit.FAILED

    def _report(self, part: str, rows: int) -> None:
        self.progress(lambda: f"{rows}, {part}")
