"""The main job, "complete a recurring task", as it runs: the hops in docs/architecture.md are those of a real trace.

From the view to its answer the way is short enough to be followed in an editor. What surrounds every request alike
(middleware, sign-in, rates) is not counted.
"""

import re

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user
from events_app.consumers.registration import register_consumers
from events_app.relay import Relay
from events_app.runtime.engine import deliver
from events_app.transports.embedded import EmbeddedTransport
from foundation.database.prepared import USES_BEFORE
from tasks_app.models import Task
from todo_project.tests.hops.tracing import ROOT, Trace, traced

MOST_FILES = 25
MOST_CHANGES_OF_FILE = 60
VIEW = "CompletionView.put"
# Functions that are called, in this order, and what each does.
HOPS = (
    (VIEW, "takes the request and calls"),
    (
        "complete_task",
        "locks the owner's history, reads the task under that lock, sets `completed_at` and calls",
    ),
    ("save_all", "writes what differs and, in the same transaction, calls"),
    ("Log.record_many", "appends `task.completed`. It commits; the response goes out."),
    (
        "Relay.poll",
        "finds the stream that has moved and sends the event by a transport (in process, Kafka or Dapr).",
    ),
    ("advance", "brings the consumer `recurrence` up to there: it reads what is new from the log and calls"),
    ("on_task_completed", "calls"),
    (
        "create_next_occurrence",
        "asks the pure `tasks_app/recurrence` for the next slot, inserts the task under a unique key and records"
        "\n   `task.created`, as in hops 3 to 5.",
    ),
)
PAGE = ROOT / "docs" / "architecture.md"
_BLOCK = re.compile(
    r"(?<=<!-- hops: as traced by todo_project/tests/hops -->\n).*?(?=<!-- end of hops -->)", re.DOTALL
)


@pytest.fixture
def trace(transactional_db: None) -> Trace:
    register_consumers()
    client, transport = APIClient(), EmbeddedTransport()
    client.force_authenticate(user := make_user())
    relay = Relay(transport)
    *before, last = [_recurring(client) for _ in range(USES_BEFORE + 2)]
    connection.close()  # its session may be near its end
    for task_id in before:  # what is made ready once, a prepared statement too, is ready for the last
        _complete(client, relay, transport, task_id)
    with traced() as found:
        _complete(client, relay, transport, last)
    assert Task.objects.filter(owner=user, completed_at=None).count() == len(before) + 1
    return found


def _recurring(client: APIClient) -> int:
    body = {
        "title": "Water the plants", "due_at": "2040-01-02T09:00:00Z", "recurrence": "weekly",
        "tags": ["home"], "reminders": [{"offset": "-PT15M"}],
    }  # fmt: skip
    answer = client.post("/api/tasks/", body)
    assert answer.status_code == 201, answer.json()
    return int(answer.json()["id"])


def _complete(client: APIClient, relay: Relay, transport: EmbeddedTransport, task_id: int) -> None:
    answer = client.put(f"/api/tasks/{task_id}/completion/")
    assert (answer.status_code, answer.json()["completed"]) == (200, True), answer.json()
    assert relay.poll() == 1
    deliver(transport)


def test_from_the_view_to_its_answer_one_can_follow(trace: Trace) -> None:
    request = trace.within(VIEW)
    assert len(request.files) <= MOST_FILES, sorted(request.files)
    assert request.changes_of_file <= MOST_CHANGES_OF_FILE, "\n".join(
        f"{call.file} {call.name}" for call in request.calls
    )


def test_the_hops_of_the_architecture_are_those_of_a_real_trace(trace: Trace) -> None:
    lines, place = [], 0
    for number, (name, does) in enumerate(HOPS, start=1):
        place = trace.place_of(name, after=place)
        lines.append(f"{number}. `{trace.calls[place].file}`: `{name}` {does}\n")
    [block] = _BLOCK.findall(PAGE.read_text())
    assert block == "".join(lines)
