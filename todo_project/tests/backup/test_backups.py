"""Backups are of one moment, whole or not there, and a restore is whole or not there, too."""

import json
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from audit_app import protection
from audit_app.chain.keys import key_ids, present_key
from audit_app.models import AuditEntry
from devstack.paths import REPOSITORY
from events_app.log.epochs import current_epoch
from events_app.models import Consumer, Epoch, Event
from foundation.database import sql
from foundation.database.migrations_state import applied_migrations
from foundation.database.transactions import clock, database_now
from tasks_app.models import Reminder
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.tasks import create_task
from tasks_app.values.fields import AtInstant, ReminderInput, TaskFields
from todo_project.backup import loading
from todo_project.backup.contents import OF_INSTALLATION, backed_up_models, label_of
from todo_project.backup.errors import KeyMissing, NotMade, NotTaken
from todo_project.backup.inspection import InspectedBackup, inspect_backup, require_audit_keys
from todo_project.backup.loading import index_restored_tasks, load_backup
from todo_project.backup.proof import find_faults_of_restored
from todo_project.backup.rotation import dated_path, remove_older
from todo_project.backup.saving import save_backup, whole_or_nothing
from todo_project.installation.patience import AskedToStop
from todo_project.settings.build import RELEASE
from todo_project.tests.backup.archives import files_in, part_of
from todo_project.tests.erasure.belongings import run_consumers

pytestmark = [pytest.mark.django_db(transaction=True)]

SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _protected() -> Iterator[None]:
    """A restore installs the triggers, which would keep the database from being emptied after the test."""
    yield
    protection.remove(connection)


def saved(path: Path) -> InspectedBackup:
    with path.open("wb") as stream:
        save_backup(stream)
    return inspect_backup(path)


def empty_database() -> None:
    """Make the database what an installation has at its beginning, and let `connection` see an empty one."""
    call_command("flush", verbosity=0, interactive=False)


def restored(backup: InspectedBackup) -> str:
    epoch = load_backup(backup, is_stopping=bool, report=lambda _part, _rows: None)
    index_restored_tasks(is_stopping=bool, report=lambda _part, _rows: None)
    return epoch


def task_of(user: User, **more: Any) -> int:
    return create_task(TaskFields(title="Milk", **more), by=user, at=database_now()).task.pk


def contents() -> dict[str, int]:
    return {
        label_of(m): m._base_manager.count() for m in backed_up_models() if label_of(m) not in OF_INSTALLATION
    }


def test_it_has_what_was_there_when_it_began_although_people_go_on_writing(tmp_path: Path) -> None:
    user, mine = make_user(), []
    mine.append(task_of(user))

    def write_beside(_table: str, _rows: int) -> None:
        def work() -> None:
            mine.append(task_of(user))
            connection.close()

        beside = threading.Thread(target=work)
        beside.start()
        beside.join()

    path = tmp_path / "backup"
    with path.open("wb") as stream:
        sums = save_backup(stream, report=write_beside)

    assert len(mine) > 5
    files = files_in(path)
    [task] = files[part_of(files, "tasks_app.task")].splitlines()
    assert (json.loads(task)[0], sums.heads) == (mine[0], 1)
    assert len(files[part_of(files, "events_app.event")].splitlines()) == 1


def test_what_is_restored_works_and_goes_on(tmp_path: Path) -> None:
    user = make_user("somebody")
    first = task_of(user)
    gone = make_user("gone")
    User.objects.filter(pk=gone.pk).delete()
    run_consumers()
    before, backup = current_epoch(), saved(tmp_path / "backup")
    expected = contents()

    empty_database()
    epoch = restored(backup)

    assert contents() == expected
    assert find_faults_of_restored() == []
    assert epoch == current_epoch() != before
    assert Epoch.objects.get().reason == Epoch.Reason.RESTORED
    # New rows get keys that no row had before, the one that was deleted included.
    assert make_user("next").pk > gone.pk
    user = User.objects.get(username="somebody")
    assert task_of(user) > first
    run_consumers()
    assert find_faults_of_restored() == []
    with pytest.raises(Exception, match="append-only"):
        AuditEntry.objects.all().delete()


def test_the_manifest_names_the_keys_of_the_trail(tmp_path: Path, settings: Settings) -> None:
    task_of(make_user())
    run_consumers()
    version = present_key().version
    assert saved(tmp_path / "backup").manifest.audit_keys == {version: key_ids()[version]}
    settings.AUDIT_KEYS = ("9:not the one that the trail was made with, and as long as a key",)
    unknown = saved(tmp_path / "without").manifest
    assert unknown.audit_keys == {version: None}
    with pytest.raises(KeyMissing, match=rf"does not have: {version} \(id unknown\)"):
        require_audit_keys(unknown)


def test_a_reminder_that_had_fired_fires_no_more_and_one_that_had_not_fires_once(tmp_path: Path) -> None:
    user = make_user()
    for moment in (timezone.now() + SOON, timezone.now() + 3 * SOON):
        task_of(user, reminders=(ReminderInput(at=AtInstant(moment)),))
    with clock(lambda: timezone.now() + 2 * SOON):
        fire_due_reminders()
    backup = saved(tmp_path / "backup")
    empty_database()
    restored(backup)
    fired = Event.objects.filter(type="reminder.due")
    assert (fired.count(), Reminder.objects.filter(status="pending").count()) == (1, 1)
    with clock(lambda: timezone.now() + 4 * SOON):
        for _ in range(2):
            fire_due_reminders()
    assert fired.count() == 2
    run_consumers()
    assert find_faults_of_restored() == []


def test_a_restore_that_ends_at_any_file_leaves_the_database_empty(tmp_path: Path) -> None:
    user = make_user()
    task_of(user, reminders=(ReminderInput(at=AtInstant(timezone.now() + SOON)),))
    run_consumers()
    backup = saved(tmp_path / "backup")
    parts = [name for name in files_in(backup.path) if name.endswith(".jsonl")]
    empty_database()
    kinds, consumers = ContentType.objects.count(), Consumer.objects.count()
    protection.install(connection)
    for end in range(len(parts)):
        turns = iter(range(end))
        with pytest.raises(AskedToStop):
            load_backup(backup, is_stopping=lambda: next(turns, None) is None, report=lambda _p, _r: None)  # noqa: B023
        assert set(contents().values()) == {0}
        assert (ContentType.objects.count(), Consumer.objects.count()) == (kinds, consumers)
        assert protection.find_differences(connection) == []


def test_indexes_of_large_tables_are_made_after_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_of(make_user())
    run_consumers()
    expected, backup = contents(), saved(tmp_path / "backup")
    monkeypatch.setattr(loading, "_ROWS_TO_INDEX_LATER", 1)
    before, steps = _indexes(), list[str]()
    empty_database()
    for ending in ("tasks_app.task", "task_live"):
        with pytest.raises(AskedToStop):
            load_backup(backup, is_stopping=lambda: ending in "".join(steps[-1:]), report=_noted(steps))  # noqa: B023
        assert set(contents().values()) == {0}
        assert _indexes() == before
    steps.clear()
    load_backup(backup, is_stopping=bool, report=_noted(steps))
    assert contents() == expected
    assert _indexes() == before
    assert steps.index("tasks_app.task") < next(at for at, name in enumerate(steps) if "task_live" in name)


def _noted(steps: list[str]) -> Callable[[str, int], None]:
    return lambda part, _rows: steps.append(part)


def _indexes() -> list[tuple[str, str, bool]]:
    """Names, columns, and whether there is a condition: PostgreSQL prints some otherwise once it has read them."""
    found = sql.fetch(*sql.select_indexes([model._meta.db_table for model in backed_up_models()]))
    return sorted((name, text.partition(" WHERE ")[0], " WHERE " in text) for name, text in found)


def test_a_file_that_becomes_another_one_meanwhile_is_not_restored(tmp_path: Path) -> None:
    make_user()
    backup = saved(tmp_path / "backup")
    make_user()
    saved(backup.path)
    empty_database()
    with pytest.raises(Exception, match="is not what was written"):
        restored(backup)
    assert not User.objects.exists()


def test_a_disk_that_is_full_says_nothing_against_the_backup(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the disk of a server cannot be filled for one database")
    user = make_user()
    for _ in range(20):
        task_of(user, description="x" * 9_000)
    backup = saved(tmp_path / "backup")
    empty_database()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        [before] = cursor.execute("PRAGMA max_page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 5}")
        try:
            with pytest.raises(NotTaken, match=r"full\. Nothing was restored"):
                restored(backup)
        finally:
            cursor.execute(f"PRAGMA max_page_count = {before}")
    assert not User.objects.exists()


def test_a_missing_right_says_nothing_against_the_backup(tmp_path: Path) -> None:
    make_user()
    backup = saved(tmp_path / "backup")
    empty_database()
    forbid, permit = (
        ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(forbid)
    try:
        with pytest.raises(NotTaken, match="Nothing was restored"):
            restored(backup)
    finally:
        with connection.cursor() as cursor:  # of another connection, where the restore has closed the first
            cursor.execute(permit)
    assert not User.objects.exists()


def test_a_backup_that_is_stopped_leaves_no_file_and_the_one_before(tmp_path: Path) -> None:
    make_user()
    path = tmp_path / "backup"
    path.write_text("the one before")
    turns = iter(range(2))
    with pytest.raises(AskedToStop), whole_or_nothing(path) as stream:
        save_backup(stream, is_stopping=lambda: next(turns, None) is None)
    assert [each.name for each in tmp_path.iterdir()] == ["backup"]
    assert path.read_text() == "the one before"
    with whole_or_nothing(path) as stream:
        save_backup(stream)
    assert inspect_backup(path).sums.rows > 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_tables_of_another_release_are_not_backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = applied_migrations() | {("tasks_app", "9999_of_tomorrow")}
    monkeypatch.setattr("todo_project.backup.saving.applied_migrations", lambda: newer)
    with pytest.raises(NotMade, match="not those of this release"):
        saved(tmp_path / "backup")


def test_the_newest_are_kept_and_other_files_too(tmp_path: Path) -> None:
    now = timezone.now()
    made = [dated_path(tmp_path, now + timedelta(days=day)) for day in range(5)]
    others = [tmp_path / "todo.tar.gz", tmp_path / "notes"]
    for path in (*made, *others):
        path.touch()
    assert remove_older(made[-1], keep=2) == made[:3]
    assert sorted(tmp_path.iterdir()) == sorted([*made[3:], *others])
    assert remove_older(made[-1], keep=2) == []


def test_the_one_that_was_just_made_is_kept_whatever_others_are_dated(tmp_path: Path) -> None:
    future = tmp_path / "todo-20350101T000000Z.tar.gz"
    future.touch()
    call_command("backup", "--keep", "1", str(tmp_path), stdout=StringIO())
    [kept] = tmp_path.iterdir()
    assert kept != future
    assert inspect_backup(kept).sums.rows > 0


def test_what_killed_backups_left_is_removed_and_what_others_write_stays(tmp_path: Path) -> None:
    killed = tmp_path / ".todo-20260131T090000Z.tar.gz.1.part"
    other = tmp_path / ".notes.part"
    for path in (killed, other):
        path.touch()
    with whole_or_nothing(dated_path(tmp_path, timezone.now() - SOON)) as stream:
        [draft] = {*tmp_path.iterdir()} - {killed, other}
        call_command("backup", "--keep", "9", str(tmp_path), stdout=StringIO())
        assert {draft, other} < {*tmp_path.iterdir()}
        assert not killed.exists()
        stream.write(b"goes on")
    assert not draft.exists()
    assert len([*tmp_path.iterdir()]) == 3


def test_the_release_is_that_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["version"] == RELEASE
