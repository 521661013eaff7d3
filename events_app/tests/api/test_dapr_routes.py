"""The routes for the sidecar, called as the sidecar does and as strangers may."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from pytest_django import Settings

from devstack.waiting import wait_until
from events_app.api import dapr
from events_app.consumers import registry
from events_app.consumers.specs import SweepSpec
from events_app.tests.recorders import ONE
from events_app.tests.transports.harness import Recorder, message
from events_app.transports.inbox import Inbox
from events_app.transports.options import DaprOptions
from foundation import counters

TOKEN = "a token that only the sidecar knows"
TWO = replace(ONE, name="two", topics=("task-events", "reminders"))
SILENT = replace(ONE, name="silent", topics=())
swept: list[str] = []


def sweep_reminders() -> int:
    swept.append("reminders")
    return 0


@pytest.fixture(autouse=True)
def platform() -> Iterator[None]:
    swept.clear()
    sweeps = (SweepSpec(name="reminders", function=f"{__name__}.sweep_reminders", binding="reminder-cron"),)
    with override_settings(
        DAPR=DaprOptions(app_token=TOKEN),
        EVENT_TRANSPORT="dapr",
        EVENT_CONSUMERS=(ONE, TWO, SILENT),
        EVENT_HOSTED_CONSUMERS=(),
        EVENT_SWEEPS=sweeps,
        TOPIC_PREFIX="",
    ):
        registry.consumers.cache_clear()
        registry.sweeps.cache_clear()
        yield
    registry.consumers.cache_clear()
    registry.sweeps.cache_clear()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def box(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """The inbox of this process; what it advances is in the recorder."""
    opened = Inbox(["one", "two"], recorder.advance_together, max_waiting=50)
    monkeypatch.setattr(dapr, "inbox", lambda: opened)
    yield opened
    assert opened.close(10)


@pytest.fixture
def sidecar() -> Client:
    return Client(headers={"dapr-api-token": TOKEN})


def post(client: Client, path: str, body: object) -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.post(path, content, content_type="application/cloudevents+json")


def envelope(user: str, sequence: int) -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads(message(user, sequence).body)
    return read


def bulk(entries: Mapping[str, object]) -> dict[str, object]:
    listed = [
        {"entryId": entry_id, "event": event, "contentType": "application/cloudevents+json"}
        for entry_id, event in entries.items()
    ]
    return {"id": "bulk-1", "topic": "task-events", "pubsubname": "pubsub", "entries": listed}


@pytest.mark.django_db
def test_the_subscriptions_are_what_the_consumers_need(sidecar: Client) -> None:
    answer = sidecar.get("/dapr/subscribe")

    assert answer.json() == [
        {
            "pubsubname": "pubsub",
            "topic": topic,
            "routes": {"default": f"/dapr/events/{topic}"},
            "bulkSubscribe": {"enabled": True, "maxMessagesCount": 100, "maxAwaitDurationMs": 25},
        }
        for topic in ("task-events", "reminders")
    ]


@pytest.mark.django_db
@override_settings(EVENT_HOSTED_CONSUMERS=("one",), TOPIC_PREFIX="test-")
def test_only_hosted_consumers_count_and_topics_have_their_prefix(sidecar: Client) -> None:
    [only] = sidecar.get("/dapr/subscribe").json()

    assert only["topic"] == "test-task-events"
    assert only["routes"] == {"default": "/dapr/events/task-events"}


def test_one_event_wakes_every_consumer_that_is_hosted(
    sidecar: Client, recorder: Recorder, box: Inbox
) -> None:
    answer = post(sidecar, "/dapr/events/task-events", envelope("42", 17))

    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    assert box.close(10)
    assert recorder.calls == [("one", {"user:42": 17}), ("two", {"user:42": 17})]


@override_settings(EVENT_HOSTED_CONSUMERS=("one",))
def test_a_topic_that_nobody_here_hears_wakes_nobody(sidecar: Client, recorder: Recorder, box: Inbox) -> None:
    assert post(sidecar, "/dapr/events/reminders", envelope("42", 17)).json() == {"status": "SUCCESS"}

    assert box.close(10)
    assert recorder.calls == []


def test_a_bulk_is_merged_and_answered_entry_by_entry(
    sidecar: Client, recorder: Recorder, box: Inbox
) -> None:
    answer = post(
        sidecar,
        "/dapr/events/reminders",
        bulk(
            {
                "a": envelope("1", 3),
                "b": {"forged": True},
                "c": envelope("1", 5),
                "d": envelope("2", 1),
                "e": None,
            }
        ),
    )

    assert answer.json() == {
        "statuses": [
            {"entryId": "a", "status": "SUCCESS"},
            {"entryId": "b", "status": "DROP"},
            {"entryId": "c", "status": "SUCCESS"},
            {"entryId": "d", "status": "SUCCESS"},
            {"entryId": "e", "status": "DROP"},
        ]
    }
    assert box.close(10)
    assert recorder.calls[0] == ("one", {"user:1": 5, "user:2": 1})


def test_a_full_inbox_asks_for_another_delivery(sidecar: Client, recorder: Recorder, box: Inbox) -> None:
    recorder.failures = [OperationalError("gone")] * 500  # what was taken waits for the database

    for user in range(1, 51):
        assert post(sidecar, "/dapr/events/task-events", envelope(str(user), 1)).json() == {
            "status": "SUCCESS"
        }
    assert wait_until(lambda: box.waiting == 50 and len(recorder.failures) < 500, seconds=20)
    single = post(sidecar, "/dapr/events/task-events", envelope("99", 1))
    mixed = post(sidecar, "/dapr/events/task-events", bulk({"a": envelope("99", 1), "b": 7}))

    assert single.json() == {"status": "RETRY"}
    assert [entry["status"] for entry in mixed.json()["statuses"]] == ["RETRY", "DROP"]
    recorder.failures = []
    assert wait_until(lambda: box.waiting == 0, seconds=30)
    assert post(sidecar, "/dapr/events/task-events", envelope("99", 1)).json() == {"status": "SUCCESS"}


def test_a_process_that_ends_asks_for_another_delivery(
    sidecar: Client, recorder: Recorder, box: Inbox
) -> None:
    post(sidecar, "/dapr/events/task-events", envelope("1", 1))
    assert box.close(10)

    assert post(sidecar, "/dapr/events/task-events", envelope("1", 2)).json() == {"status": "RETRY"}
    assert recorder.calls[0] == ("one", {"user:1": 1})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\x00", b"null", b"[]", b"17", b"{}", b"[" * 50_000, b'{"entries": 7}', b'{"a": NaN}'],
)
def test_what_is_no_event_is_dropped_for_good(sidecar: Client, recorder: Recorder, body: bytes) -> None:
    answer = post(sidecar, "/dapr/events/task-events", body)

    assert (answer.status_code, answer.json()) == (200, {"status": "DROP"})
    assert recorder.calls == []


def test_forged_bulks_wake_nobody(sidecar: Client, recorder: Recorder) -> None:
    entries = [
        7,
        None,
        {"event": envelope("1", 1)},
        {"entryId": 7, "event": envelope("1", 1)},
        {"entryId": "z"},
    ]

    answer = post(sidecar, "/dapr/events/task-events", {"entries": entries})

    assert answer.json() == {"statuses": [{"entryId": "z", "status": "DROP"}]}
    assert recorder.calls == []


def test_an_unknown_topic_is_dropped_and_counted(sidecar: Client, recorder: Recorder) -> None:
    before = counters.snapshot().get("wakeups.dropped.unknown_topic", 0)

    answer = post(sidecar, "/dapr/events/anything", envelope("1", 1))

    assert answer.json() == {"status": "DROP"}
    assert counters.snapshot()["wakeups.dropped.unknown_topic"] == before + 1
    assert recorder.calls == []


def test_bodies_above_the_api_s_limit_are_taken(sidecar: Client, recorder: Recorder) -> None:
    padded = orjson.loads(message("42", 1, padding=900_000).body)

    answer = post(sidecar, "/dapr/events/task-events", bulk({str(n): padded for n in range(10)}))

    assert {entry["status"] for entry in answer.json()["statuses"]} == {"SUCCESS"}


def test_a_body_beyond_the_limit_is_forgotten(
    sidecar: Client, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dapr, "_MAX_BODY_BYTES", 1000)

    answer = post(sidecar, "/dapr/events/task-events", b" " * 1001)

    assert answer.status_code == 404  # any other error makes Dapr deliver it again, for ever
    assert recorder.calls == []


def test_nothing_of_a_dropped_message_is_logged(
    sidecar: Client, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    post(sidecar, "/dapr/events/task-events", {**envelope("1", 1), "source": "Geheimnis"})
    post(sidecar, "/dapr/events/task-events", b'{"Geheimnis')

    assert "Geheimnis" not in caplog.text


@pytest.mark.parametrize(
    "path", ["/job/reminders-20260131T120000.000000Z", "/job/reminders", "/reminder-cron"]
)
def test_jobs_and_the_cron_binding_run_the_sweep(sidecar: Client, path: str) -> None:
    answer = post(sidecar, path, b"")

    assert answer.status_code == 200
    assert swept == ["reminders"]


def test_the_cron_binding_says_that_it_is_wanted(sidecar: Client) -> None:
    assert sidecar.options("/reminder-cron").status_code == 200
    assert swept == []


def test_unknown_jobs_are_done_and_counted(sidecar: Client) -> None:
    before = counters.snapshot().get("dapr.unknown_jobs", 0)

    answer = post(sidecar, "/job/spring-cleaning", b"{}")

    assert answer.status_code == 200
    assert swept == []
    assert counters.snapshot()["dapr.unknown_jobs"] == before + 1


ROUTES = [
    ("GET", "/dapr/subscribe"),
    ("POST", "/dapr/events/task-events"),
    ("POST", "/job/reminders-1"),
    ("POST", "/wake/tags"),
    ("POST", "/reminder-cron"),
    ("OPTIONS", "/reminder-cron"),
]


@pytest.mark.parametrize("shown", [None, "", "wrong", TOKEN + " ", TOKEN[:-1], TOKEN.upper(), "ä" * 40])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_the_token_nobody_is_heard(
    recorder: Recorder, method: str, path: str, shown: str | None
) -> None:
    headers = {} if shown is None else {"dapr-api-token": shown}
    stranger = Client(headers=headers, enforce_csrf_checks=True)

    answer = stranger.generic(method, path, orjson.dumps(envelope("1", 1)), "application/json")

    assert answer.status_code == 401
    assert TOKEN not in answer.content.decode()
    assert recorder.calls == []
    assert swept == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("transport", "debug", "expected"),
    [("dapr", True, 200), ("dapr", False, 401), ("kafka", True, 401), ("embedded", False, 401)],
)
def test_without_any_token_only_debugging_with_dapr_is_open(
    settings: Settings, transport: str, debug: bool, expected: int
) -> None:
    settings.DAPR, settings.EVENT_TRANSPORT, settings.DEBUG = DaprOptions(), transport, debug

    assert Client(headers={"dapr-api-token": ""}).get("/dapr/subscribe").status_code == expected


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/dapr/subscribe"), ("GET", "/dapr/events/task-events")]
)
def test_other_methods_are_refused(sidecar: Client, method: str, path: str) -> None:
    assert sidecar.generic(method, path).status_code == 405


def test_a_process_with_dapr_and_no_token_does_not_start() -> None:
    environ = {**os.environ, "TODO_EVENT_TRANSPORT": "dapr", "APP_API_TOKEN": ""}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environ, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "APP_API_TOKEN must be set" in ended.stderr
