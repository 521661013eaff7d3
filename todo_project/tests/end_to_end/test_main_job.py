"""What the platform is for, from registration to the audit trail, on every way to run it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from devstack.waiting import wait_until
from todo_project.cli import ROLES
from todo_project.tests.end_to_end.worlds import WAYS, WITH_SIDECARS, Way, World, one_process
from todo_project.tests.platform.people import Json, Person, Socket, register
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.tracing.receiver import Receiver, SentSpan, led_back, receiving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STEPS = [
    "task.created",
    "reminder.scheduled",
    "reminder.due",
    "notification.created",
    "task.completed",
    "task.created",
    "reminder.scheduled",
]
# A handler's transaction fails, as it does when a disk is full; the next try is half a second later.
REFUSE = {
    "sqlite": (
        "CREATE TRIGGER planted BEFORE INSERT ON audit_app_auditentry BEGIN SELECT RAISE(ABORT, 'planted'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = 'check_violation'; END $$",
        "CREATE TRIGGER planted BEFORE INSERT ON audit_app_auditentry FOR EACH ROW EXECUTE FUNCTION planted()",
    ),
}
ALLOW = {
    "sqlite": "DROP TRIGGER planted",
    "postgresql": "DROP TRIGGER planted ON audit_app_auditentry",
}
FAILED = "SELECT COUNT(*) FROM events_app_cursor WHERE consumer = 'audit' AND attempts > 0"
CAUSED = {"send", *(f"process {name}" for name in ("recurrence", "audit", "notifications", "realtime"))}


@pytest.mark.parametrize(
    "way", [WAYS[0], *(pytest.param(way, marks=pytest.mark.services) for way in WAYS[1:])]
)
def test_a_recurring_task_with_a_reminder_from_registration_to_the_audit_trail(
    tmp_path: Path, way: Way
) -> None:
    with receiving() as receiver, way(tmp_path, receiver.environment) as world:
        person = register(world.url, f"maria-{uuid4().hex[:8]}", world.host)
        with person.socket(world.sockets_url, after=0) as socket:
            task = _create(person)
            created = _sees(socket, "create", task["id"])
            _is_reminded(person, socket, task)

            with _the_trail_takes_nothing(world):
                done = person.call("PUT", f"/api/tasks/{task['id']}/completion/")
                assert done["completed"] is True
                completed = _sees(socket, "complete", task["id"])
                world.platform.reaches(FAILED, value=1)
            successor = _next_occurrence(person, socket, task)
            _is_one_graph(receiver, completed, way)
            _can_be_changed_and_deleted(person, socket, successor)

            assert created["task_data"]["title"] == "Water the plants"
            _trail_shows_every_step(person)
            _socket_saw_what_the_log_holds(person, socket)
        _nothing_is_found(world)
    _the_failure_names_its_trace(_lines_of(tmp_path), completed)


def _create(person: Person) -> Json:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=6)
    body = {
        "title": "Water the plants",
        "priority": "high",
        "tags": ["home"],
        "due_at": due.isoformat(),
        "recurrence": "daily",
        "reminders": [{"offset": "-PT3S"}],
    }
    task: Json = person.call("POST", "/api/tasks/", body, expect=201)
    assert task["reminders"][0]["status"] == "pending"
    return task


def _sees(socket: Socket, operation: str, task_id: int) -> Json:
    return socket.until_event(lambda event: (event["operation"], event["task_id"]) == (operation, task_id))


def _is_reminded(person: Person, socket: Socket, task: Json) -> None:
    frame = _sees(socket, "notify", task["id"])
    told = person.call("GET", "/api/notifications/")["results"]
    assert [each["task_id"] for each in told] == [task["id"]]
    assert frame["notification"]["id"] == told[0]["id"]
    assert datetime.now(UTC) >= datetime.fromisoformat(task["reminders"][0]["fire_at"])


def _next_occurrence(person: Person, socket: Socket, task: Json) -> Json:
    def is_successor(event: Json) -> bool:
        return bool(event["operation"] == "create" and event["task_id"] != task["id"])

    event = socket.until_event(is_successor)
    successor: Json = person.call("GET", f"/api/tasks/{event['task_id']}/")
    assert successor["series_id"] == task["series_id"]
    first, second = (datetime.fromisoformat(each["due_at"]) for each in (task, successor))
    assert second.date() == first.date() + timedelta(days=1)
    pending = person.call("GET", "/api/tasks/", params={"status": "pending"})["results"]
    assert [each["id"] for each in pending] == [successor["id"]]
    return successor


@contextmanager
def _the_trail_takes_nothing(world: World) -> Iterator[None]:
    """The handler of `audit` fails during the block, and at nothing that came before it."""
    world.platform.settles()
    database = world.platform.database
    kind = "sqlite" if database.url.startswith("sqlite") else "postgresql"
    for statement in REFUSE[kind]:
        database.rows(statement)
    yield
    database.rows(ALLOW[kind])


def _is_one_graph(receiver: Receiver, completed: Json, way: Way) -> None:
    """What the request caused leads back to it over the broker, both tries of the handler that failed as well."""

    def graph() -> list[SentSpan]:
        spans = receiver.spans
        requests = [
            each
            for each in spans
            if each.span.trace_id.hex() == completed["trace_id"] and each.span.name.startswith("PUT ")
        ]
        return led_back(spans, requests[0]) if requests else []

    def is_whole() -> bool:
        found = graph()
        tries = {each.has_failed for each in found if each.span.name == "process audit"}
        # A sidecar names its span by the topic whose message it hands over.
        has_sidecar = any(each.span.name.startswith("pubsub/") for each in found)
        is_caused = {each.span.name for each in found} >= CAUSED and tries == {True, False}
        return is_caused and has_sidecar is (way in WITH_SIDECARS)

    assert wait_until(is_whole, seconds=PATIENCE), [(each.service, each.span.name) for each in graph()]
    services = {each.service for each in graph()}
    assert way is one_process or services >= {"todo-web", "todo-relay"}, services


def _can_be_changed_and_deleted(person: Person, socket: Socket, successor: Json) -> None:
    path = f"/api/tasks/{successor['id']}/"
    assert person.call("PATCH", path, {"priority": "urgent"})["priority"] == "urgent"
    assert _sees(socket, "update", successor["id"])["changed_fields"] == ["priority"]
    person.call("DELETE", path, params={"scope": "all"}, expect=204)
    _sees(socket, "delete", successor["id"])


def _trail_shows_every_step(person: Person) -> None:
    def entries() -> list[Json]:
        listed: list[Json] = person.call("GET", "/api/audit/", params={"limit": 200})["results"]
        return sorted(listed, key=lambda entry: entry["sequence"])

    head = person.call("GET", "/api/changes/", params={"after": 0, "limit": 500})["sequence"]

    def is_complete() -> bool:
        return bool(entries()[-1]["sequence"] == head)

    assert wait_until(is_complete, seconds=PATIENCE), entries()
    trail = entries()
    assert [entry["type"] for entry in trail][: len(STEPS)] == STEPS
    assert [entry["sequence"] for entry in trail] == list(range(1, len(trail) + 1))
    verified = person.call("GET", "/api/audit/verify/")
    assert (verified["ok"], verified["entries"]) == (True, len(trail))


def _socket_saw_what_the_log_holds(person: Person, socket: Socket) -> None:
    changes = person.call("GET", "/api/changes/", params={"after": 0, "limit": 500})["results"]
    assert [(each["sequence"], each["operation"]) for each in changes] == [
        (each["sequence"], each["operation"]) for each in socket.events
    ]


def _nothing_is_found(world: World) -> None:
    audit = world.platform.start("event_audit", "--wait", str(PATIENCE))
    assert audit.ended(seconds=2 * PATIENCE) == 0, audit.tail


def _lines_of(folder: Path) -> list[Json]:
    """What each role printed, from its start to its end: every line is an object, for machines."""
    logs = [log for log in folder.glob("*.log") if log.stem.partition("-")[2] in ROLES]
    printed = [line for log in logs for line in log.read_text().splitlines()]
    lines = [_parsed(line) for line in printed]
    assert [line for line, parsed in zip(printed, lines, strict=True) if not isinstance(parsed, dict)] == []
    return lines


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _the_failure_names_its_trace(lines: list[Json], completed: Json) -> None:
    failures = [
        line for line in lines if "consumer audit failed at task.completed" in line.get("message", "")
    ]
    assert {line["trace_id"] for line in failures} == {completed["trace_id"]}
