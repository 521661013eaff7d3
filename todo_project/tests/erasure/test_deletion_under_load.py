"""An account is deleted while its owner and others write: one line is left of it, and the others have lost nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import new_postgresql, new_sqlite
from todo_project.tests.platform.load import Load
from todo_project.tests.platform.people import PASSWORD, Person, Socket, register
from todo_project.tests.platform.platforms import Platform, platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARK = "zqxmark"
PAUSE_SECONDS = 0.1
TASKS_BEFORE = 1000
ROW = "SELECT COUNT(*) FROM accounts_app_user WHERE id = %s"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def made(request: pytest.FixtureRequest, tmp_path: Path, templates: Path) -> Iterator[Platform]:
    database = (
        new_sqlite(tmp_path, templates)
        if request.param == "sqlite"
        else new_postgresql(require_services("postgresql"))
    )
    fault = {"TODO_FAULT_MODULE": "todo_project.tests.platform.short_goodbye"}
    with platform(tmp_path, database, fault) as made:
        yield made


def test_a_deletion_amid_writes_leaves_one_line_and_takes_nothing_from_others(made: Platform) -> None:
    web = made.up().answers()
    leaver, *stayers = (register(web.url, name) for name in (f"{MARK}-name", "stays-a", "stays-b"))
    _fill(leaver)
    loads = [Load(each, title=MARK, pause_seconds=PAUSE_SECONDS) for each in (leaver, leaver)]
    others = [Load(each, title="Stays", pause_seconds=PAUSE_SECONDS) for each in stayers]
    with ExitStack() as under_load, leaver.socket(web.url) as socket:
        for load in (*loads, *others):
            under_load.enter_context(load)
        _wait_for_posts(loads + others)
        _read_export(leaver)

        leaver.call("DELETE", "/api/auth/me/", {"password": PASSWORD}, expect=202)

        assert leaver.send("GET", "/api/auth/me/").status_code == 401
        assert _closing_code(socket) == 4401
        made.reaches(ROW, leaver.id, value=0, seconds=2 * PATIENCE)
        for load in others:
            load.turn()
        _wait_for_posts(others)
    assert {status for load in loads for status in load.posts.refused} == {401}
    assert [load.posts.refused for load in others] == [[], []]

    made.settles()
    found = made.hands.do("find_rows", user_id=leaver.id, mark=MARK)
    assert found == {"of_user": {"ForgottenTrail": 1}, "with_mark": []}
    made.finds_nothing()
    verified = made.hands.do("verify_trails")
    assert (verified["code"], verified["lines"][-1]["users"]) == (0, 3), verified
    made.applied_everything_once(*(each.id for each in stayers))


def _fill(person: Person) -> None:
    """Give somebody more than one step of the job removes at once, of several kinds."""
    reminders = {"due_at": "2031-05-04T09:00:00Z", "reminders": [{"offset": "-PT1H"}], "tags": [MARK]}
    operations = [
        {"op": "create", "fields": {"title": f"{MARK} {number}", **reminders}}
        for number in range(TASKS_BEFORE)
    ]
    person.call("POST", "/api/tasks/bulk/", {"operations": operations})
    series = person.call(
        "POST", "/api/tasks/", {"title": MARK, **reminders, "recurrence": "daily"}, expect=201
    )
    person.call("PUT", f"/api/tasks/{series['id']}/completion/")


def _read_export(person: Person) -> None:
    """Read everything that is somebody's, amid their writes, and find it whole and all of it theirs."""
    lines = [json.loads(line) for line in person.send("GET", "/api/export/").text.splitlines()]
    assert lines[-1]["end"] is True
    found = Counter(next(iter(line)) for line in lines[1:-1])
    assert found == lines[-1]["rows"]
    assert min(found["task"], found["history"]) > TASKS_BEFORE
    assert all(line["task"]["title"].startswith(MARK) for line in lines if "task" in line)


def _wait_for_posts(loads: list[Load]) -> None:
    assert wait_until(lambda: all(len(load.posts.confirmed) >= 5 for load in loads), seconds=PATIENCE)


def _closing_code(socket: Socket) -> int | None:
    """Read to the end of a socket, and return the code that it was closed with."""
    with suppress(ConnectionClosed):
        while True:
            socket.read(timeout=PATIENCE)
    return socket.connection.close_code
