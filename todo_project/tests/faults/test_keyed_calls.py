"""kill -9 of the web process around the commit of a call with an Idempotency-Key; then the client tries again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack import stack
from todo_project.tests.platform.databases import new_postgresql, new_sqlite
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.platforms import Platform, platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# What the database holds after the kill: whole, or nothing.
STEPS = {"writing.before_commit": 0, "writing.after_commit": 1}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "create": ("/api/tasks/", {"title": "Milk", "tags": ["home"], "due_at": "2030-05-04T09:00:00Z"}),
    "bulk": (
        "/api/tasks/bulk/",
        {"operations": [{"op": "create", "fields": {"title": "Milk"}}], "atomic": False},
    ),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Path
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("keyed")
    is_sqlite = request.param == "sqlite"
    database = new_sqlite(folder, templates) if is_sqlite else new_postgresql(stack())
    with platform(folder, database) as made:
        yield made


def ask(person: Person, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {person.access}", "Idempotency-Key": "once"}
    return httpx.post(person.url + path, json=body, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("step", STEPS)
def test_a_retry_after_a_kill_gets_the_one_answer(shared: Platform, step: str, call: str) -> None:
    web = shared.web(TODO_CRASH_POINT=step).answers()
    [person] = shared.people(1, web)
    with pytest.raises(httpx.TransportError):
        ask(person, *CALLS[call])
    web.role.kill()
    tasks = "SELECT COUNT(*) FROM tasks_app_task WHERE owner_id = %s"
    answers = "SELECT COUNT(*) FROM accounts_app_keyedanswer WHERE user_id = %s"
    assert [shared.database.value(each, person.id) for each in (tasks, answers)] == [STEPS[step]] * 2

    web = shared.web().answers()
    person.url = web.url
    first, second = ask(person, *CALLS[call]), ask(person, *CALLS[call])
    web.role.kill()
    assert first.is_success
    assert first.content == second.content
    assert ("idempotent-replayed" in first.headers) is bool(STEPS[step])
    assert shared.database.value(tasks, person.id) == 1
    assert shared.head(person.id) == 1
