"""A restore that ends too early, however: the next try goes on, or says what is left to do."""

import io
import sqlite3
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError

from accounts_app.tests.factories import make_user
from events_app.log.epochs import current_epoch
from events_app.models import Epoch, Stream
from events_app.runtime.stop_flag import StopFlag
from foundation.database.migrations_state import installed_migrations
from tasks_app.models import SearchText
from tasks_app.operations import search_filling
from tasks_app.tests.helpers import make_task
from todo_project.backup import inspection
from todo_project.backup.errors import NotTaken, OtherTables, Unproved
from todo_project.backup.inspection import REST_OF_RESTORE, inspect_backup, lacks_tables
from todo_project.backup.loading import finish_restore, index_restored_tasks, make_missing_tables
from todo_project.installation.patience import AskedToStop
from todo_project.management.commands import restore as command
from todo_project.tests.backup.test_refusals import refusal
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.up.starting import run_manage

KILLED = -9
# https://www.sqlite.org/fileformat.html#file_format_version_numbers
OF_JOURNAL, OF_WAL = 1, 2


@pytest.mark.slow
def test_what_a_kill_leaves_at_each_step_is_told_by_the_next_try(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "todo.sqlite3"
    place = {"TODO_DATABASE_URL": f"sqlite:///{path}"}

    def restore(killed_at: str = "") -> subprocess.CompletedProcess[str]:
        environment = role_environment({**place, "TODO_CRASH_POINT": killed_at})
        return run_manage("restore", str(small), "--without-audit-key", environment=environment)

    for point, version in (("restore.before_commit", OF_JOURNAL), ("restore.after_commit", OF_WAL)):
        killed = restore(point)
        assert killed.returncode == KILLED, killed.stderr
        assert path.read_bytes()[18] == version
    again = restore()
    assert again.returncode == 2
    assert "They were restored, whole, at " in again.stderr
    assert REST_OF_RESTORE in again.stderr
    assert again.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (AskedToStop(), "stopped; all rows are restored, and not proved: run `manage.py reindex_search`"),
        (OperationalError("disk I/O\nerror"), "the database failed: disk I/O error. All rows are restored"),
    ],
)
def test_what_ends_it_after_its_rows_is_said_with_what_is_left(error: Exception, sentence: str) -> None:
    with pytest.raises(Unproved) as said, finish_restore():
        raise error
    assert str(said.value).startswith(sentence)


@pytest.mark.django_db
def test_the_command_says_it_with_a_code_of_its_own(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**_: object) -> int:
        raise AskedToStop

    monkeypatch.setattr(command, "index_restored_tasks", stop)
    _is_stopped_after_its_rows(small, monkeypatch)


@pytest.mark.django_db
def test_a_stop_is_heard_before_each_check(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = StopFlag()

    def stop_soon(**_: object) -> int:
        flag.set()
        return 0

    monkeypatch.setattr(command, "index_restored_tasks", stop_soon)
    monkeypatch.setattr(StopFlag, "listen", lambda _self: flag)
    _is_stopped_after_its_rows(small, monkeypatch)


def _is_stopped_after_its_rows(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "load_backup", lambda *_, **__: "an epoch")
    said = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("restore", str(backup), stderr=said, stdout=io.StringIO())
    assert end.value.code == 3
    assert said.getvalue().startswith("todo: stopped; all rows are restored, and not proved: ")


@pytest.mark.django_db
def test_a_stop_keeps_the_search_words_that_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_filling, "_TASKS_AT_ONCE", 1)
    user = make_user()
    for _ in range(3):
        make_task(user)
    SearchText.objects.all().delete()
    steps: list[int] = []
    with pytest.raises(AskedToStop):
        index_restored_tasks(
            is_stopping=lambda: len(steps) > 1, report=lambda _part, done: steps.append(done)
        )
    assert SearchText.objects.count() == 2
    said = io.StringIO()
    call_command("reindex_search", stdout=said)
    assert said.getvalue().startswith("1 tasks")


@pytest.mark.django_db
def test_tables_that_are_missing_after_a_kill_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not lacks_tables()
    some = sorted(installed_migrations())[1:]
    monkeypatch.setattr(inspection, "applied_migrations", lambda: set(some))
    assert lacks_tables()
    monkeypatch.setattr(inspection, "applied_migrations", lambda: {*some, ("tasks_app", "9999_of_tomorrow")})
    with pytest.raises(OtherTables):
        lacks_tables()


def test_a_database_that_fails_while_tables_are_made_is_one_sentence(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bool:
        raise OperationalError("the server closed\nthe connection")

    monkeypatch.setattr("todo_project.backup.loading.lacks_tables", fail)
    with pytest.raises(NotTaken, match=r"failed: the server closed the connection\. Nothing was restored"):
        make_missing_tables(inspect_backup(small))


@pytest.mark.django_db
def test_rows_of_another_origin_are_not_said_to_be_restored(small: Path) -> None:
    Stream.objects.create(key="user:7")
    current_epoch()  # others may have emptied the database
    for reason, is_said in ((Epoch.Reason.ASKED, False), (Epoch.Reason.RESTORED, True)):
        Epoch.objects.update(reason=reason)
        _, sentence = refusal(small)
        assert ("They were restored, whole" in sentence) is is_said


def test_a_database_of_something_else_gets_no_tables(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE customers (name text)")
    place = role_environment({"TODO_DATABASE_URL": f"sqlite:///{path}"})
    refused = run_manage("restore", str(small), "--without-audit-key", environment=place)
    assert (refused.returncode, "are not those of this release" in refused.stderr) == (2, True)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
