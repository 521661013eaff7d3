"""What SQLite is known to be bad at: many writing processes, and a disk that is full."""

from pathlib import Path

import pytest

from devstack.waiting import wait_until
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.platforms import platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WRITERS = 4
TASKS = 400
CREATED = "SELECT COUNT(*) FROM events_app_event WHERE type = 'task.created'"


def test_four_writing_processes_and_an_engine_never_find_it_locked(tmp_path: Path, templates: Path) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates)) as made:
        users = made.users(3)
        made.relay().says("relay started")
        writers = [made.more_hands() for _ in range(WRITERS)]
        for writer in writers:
            writer.do("start_writing", user_ids=users, pause=0)
        made.reaches(f"SELECT ({CREATED}) >= %s", TASKS, value=1)
        rested = [writer.do("rest") for writer in writers]

        assert [each["failures"] for each in rested] == [[]] * WRITERS
        confirmed = sorted(task for each in rested for task in each["confirmed"])
        tasks = [task for (task,) in made.database.rows("SELECT id FROM tasks_app_task ORDER BY id")]
        assert confirmed == tasks
        made.settles()
        made.applied_everything_once(*users)
        made.finds_nothing()


def test_a_full_disk_loses_nothing_and_ends_when_there_is_room(tmp_path: Path, templates: Path) -> None:
    database = new_sqlite(tmp_path, templates)
    with platform(tmp_path, database) as made:
        [user] = made.users(1)
        room = 100
        (tmp_path / "max_pages").write_text(str(database.value("PRAGMA page_count") + room))
        full = {"TODO_FAULT_MODULE": "todo_project.tests.platform.full_disk"}
        engine, writer = made.relay(**full).says("relay started"), made.more_hands(**full)
        writer.do("start_writing", user_ids=[user])
        assert wait_until(lambda: writer.do("failed") >= 5, seconds=PATIENCE)
        rested = writer.do("rest")
        assert engine.is_running
        assert engine.stop() == 0
        assert {failure.partition(":")[0] for failure in rested["failures"]} == {"OperationalError"}
        assert made.database.rows("SELECT id FROM tasks_app_task") == [
            (task,) for task in rested["confirmed"]
        ]

        made.relay()
        made.hands.do("create", user_ids=[user], count=3)
        made.settles()
        made.applied_everything_once(user)
        made.finds_nothing()
