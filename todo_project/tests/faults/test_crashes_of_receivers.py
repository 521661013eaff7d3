"""kill -9 of the process that a sidecar hands events, at every step of its inbox, on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.runtime.crash import CRASH_POINTS
from events_app.tests.transports.harness import message
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.platforms import PROBES, Platform, Web, platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "only the sidecar knows this"
STEPS = [point for point in CRASH_POINTS if point.startswith("inbox.")]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("receivers")
    with platform(folder, new_sqlite(folder, templates)) as made:
        yield made


@pytest.mark.parametrize("step", STEPS)
def test_what_a_killed_receiver_had_in_its_inbox_is_applied_once(shared: Platform, step: str) -> None:
    users = shared.users(2)
    shared.hands.do("create", user_ids=users, count=3)
    receiver = _receiver(shared, TODO_CRASH_POINT=step)

    def is_killed() -> bool:
        for user in users:
            _post(receiver, user, shared.head(user))
        return "SIGKILL" in receiver.role.output

    assert wait_until(is_killed, seconds=PATIENCE), receiver.role.tail
    # gunicorn has begun another worker, with the same order to die.
    receiver.role.kill()
    applied = {len(shared.applied(name, user)) for name in PROBES for user in users}
    assert (applied == {0}) is (step == "inbox.before_advance") or step == "inbox.after_put"

    shared.hands.do("finish")
    shared.applied_everything_once(*users)
    shared.finds_nothing()


def _receiver(shared: Platform, **more: str) -> Web:
    [port] = pick(1)
    dapr = {"TODO_EVENT_TRANSPORT": "dapr", "APP_API_TOKEN": TOKEN, "TODO_LOG_LEVEL": "INFO"}
    where = ("--host", LOOPBACK, "--port", str(port))
    role = shared.start("receive", *PROBES, *where, **dapr, **more)
    return Web(role, f"http://{LOOPBACK}:{port}").answers()


def _post(receiver: Web, user: int, sequence: int) -> object:
    """Post as a sidecar does; return the answer, or None when the process died over it."""
    try:
        answer = httpx.post(
            f"{receiver.url}/dapr/events/task-updates",
            content=message(str(user), sequence).body,
            headers={"content-type": "application/cloudevents+json", "dapr-api-token": TOKEN},
            timeout=PATIENCE,
        )
    except httpx.TransportError:
        return None
    return answer.json()
