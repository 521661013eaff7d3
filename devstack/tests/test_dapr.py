"""A real `daprd` between this process and the brokers, started from the files that the cluster uses."""

import json
import queue
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from devstack import ServiceFailed, Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.dapr.launch import Pubsub
from devstack.ports import LOOPBACK
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.tracing.receiver import receiving

pytestmark = [pytest.mark.services, pytest.mark.slow]

WITHOUT_CRON = ("secretstore", "statestore", "resiliency")
KEPT, NOT_KEPT = (uuid.uuid4().hex for _ in range(2))


@pytest.fixture(scope="module")
def stack() -> Stack:
    return require_services()


class Subscriber(ThreadingHTTPServer):
    """The smallest application that Dapr can deliver to. `answers` are statuses to give first, in order."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), SubscriberHandler)
        self.app_id = f"test-{uuid.uuid4().hex[:8]}"
        self.topic_prefix = f"{self.app_id}-"
        self.topic = f"{self.topic_prefix}task-events"
        self.answers: queue.Queue[str] = queue.Queue()
        self.received: queue.Queue[tuple[str, str, bytes]] = queue.Queue()

    def next_to(self, path: str) -> tuple[str, bytes]:
        """Token and body of the next delivery to `path`."""
        while True:
            arrived_at, token, body = self.received.get(timeout=30)
            if arrived_at == path:
                return token, body


class SubscriberHandler(BaseHTTPRequestHandler):
    server: Subscriber

    def do_GET(self) -> None:
        route = {"pubsubname": "pubsub", "topic": self.server.topic, "route": "/events"}
        self.answer(200, [route] if self.path == "/dapr/subscribe" else {})

    def do_OPTIONS(self) -> None:
        self.answer(200 if self.path == "/reminder-cron" else 404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        self.server.received.put((self.path, self.headers["dapr-api-token"] or "", body))
        answers = self.server.answers
        self.answer(200, {"status": "SUCCESS" if answers.empty() else answers.get()})

    def answer(self, status: int, body: object) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    with Subscriber() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sidecar_of(subscriber: Subscriber, stack: Stack, options: SidecarOptions) -> Sidecar:
    theirs = replace(options, topic_prefix=subscriber.topic_prefix)
    return Sidecar(subscriber.app_id, subscriber.server_port, stack=stack, options=theirs)


def create_topic(stack: Stack, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap_servers())
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()


def call(sidecar: Sidecar, method: str, path: str, body: object = None) -> httpx.Response:
    headers = {"dapr-api-token": sidecar.api_token}
    return httpx.request(method, f"{sidecar.http_url}{path}", json=body, headers=headers, timeout=30)


def publish(sidecar: Sidecar, topic: str, event_id: str, **more: str) -> None:
    about = {"specversion": "1.0", "id": event_id, "source": "/todo", "type": "Tried", **more}
    event = {**about, "data": {"number": 1}}
    answer = httpx.post(
        f"{sidecar.http_url}/v1.0/publish/pubsub/{topic}",
        content=json.dumps(event),
        headers={"content-type": "application/cloudevents+json", "dapr-api-token": sidecar.api_token},
        timeout=30,
    )
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("pubsub", ["kafka", "kafka-sasl", "redis"])
def test_what_is_published_reaches_the_subscriber(
    stack: Stack, subscriber: Subscriber, pubsub: Pubsub
) -> None:
    create_topic(stack, subscriber.topic)
    with sidecar_of(subscriber, stack, SidecarOptions(pubsub, files=WITHOUT_CRON)) as sidecar:
        sidecar.wait_healthy()
        publish(sidecar, subscriber.topic, "event-1")

        token, body = subscriber.next_to("/events")

    assert json.loads(body)["id"] == "event-1"
    assert token == sidecar.app_token


def test_the_spans_of_a_sidecar_follow_the_flag_of_what_is_published(
    stack: Stack, subscriber: Subscriber
) -> None:
    with receiving() as receiver:
        options = SidecarOptions(
            "redis",
            files=("secretstore",),
            scheduler=False,
            values={"TRACE_RATIO": "1"},
            environment=receiver.environment,
        )

        def sent() -> set[str]:
            return {each.span.trace_id.hex() for each in receiver.spans}

        with sidecar_of(subscriber, stack, options) as sidecar:
            sidecar.wait_healthy()
            for trace_id, flag in ((NOT_KEPT, "00"), (KEPT, "01")):
                context = f"00-{trace_id}-b7ad6b7169203331-{flag}"
                publish(sidecar, subscriber.topic, flag, traceparent=context, traceid=context)
                subscriber.next_to("/events")
            assert wait_until(lambda: KEPT in sent(), seconds=30)
        assert NOT_KEPT not in sent(), "it has sent the rest before it ended"


@pytest.mark.parametrize("pubsub", ["kafka", "redis"])
def test_what_the_subscriber_wants_again_is_delivered_again(
    stack: Stack, subscriber: Subscriber, pubsub: Pubsub
) -> None:
    create_topic(stack, subscriber.topic)
    for _ in range(3):
        subscriber.answers.put("RETRY")
    with sidecar_of(subscriber, stack, SidecarOptions(pubsub, files=WITHOUT_CRON)) as sidecar:
        sidecar.wait_healthy()
        publish(sidecar, subscriber.topic, "again")
        ids = [json.loads(subscriber.next_to("/events")[1])["id"] for _ in range(4)]

    assert ids == ["again"] * 4


def test_the_cron_binding_and_a_job_wake_the_application(stack: Stack, subscriber: Subscriber) -> None:
    create_topic(stack, subscriber.topic)
    with sidecar_of(subscriber, stack, SidecarOptions(values={"REMINDER_SCHEDULE": "@every 1s"})) as sidecar:
        sidecar.wait_healthy()
        job = {"dueTime": "1s", "data": {"sweep": "reminders"}}
        assert call(sidecar, "POST", "/v1.0/jobs/reminders-now", job).status_code == 204

        token, body = subscriber.next_to("/job/reminders-now")
        assert token == sidecar.app_token
        assert json.loads(body) == {"sweep": "reminders"}
        assert subscriber.next_to("/reminder-cron")[0] == sidecar.app_token


def test_the_state_store_keeps_what_it_is_given(stack: Stack) -> None:
    key = uuid.uuid4().hex
    options = SidecarOptions("redis", files=("secretstore", "statestore"), scheduler=False)
    with Sidecar("test-state", stack=stack, options=options) as sidecar:
        assert call(sidecar, "POST", "/v1.0/state/statestore", [{"key": key, "value": 42}]).status_code == 204
        assert call(sidecar, "GET", f"/v1.0/state/statestore/{key}").json() == 42


def test_what_one_app_keeps_another_one_reads(stack: Stack) -> None:
    key, prefix = uuid.uuid4().hex, f"test{uuid.uuid4().hex[:8]}"
    options = SidecarOptions("redis", files=("secretstore", "statestore"), scheduler=False)
    with Sidecar(f"{prefix}-web", stack=stack, options=options) as writer:
        assert call(writer, "POST", "/v1.0/state/statestore", [{"key": key, "value": 42}]).status_code == 204
    with Sidecar(f"{prefix}-relay", stack=stack, options=options) as reader:
        assert call(reader, "GET", f"/v1.0/state/statestore/{key}").json() == 42


def test_one_app_calls_another_by_its_app_id(stack: Stack, subscriber: Subscriber) -> None:
    options = SidecarOptions("redis", files=("secretstore",), scheduler=False)
    caller = Sidecar("test-caller", stack=stack, options=options)
    with sidecar_of(subscriber, stack, options), caller:
        path = f"/v1.0/invoke/{subscriber.app_id}/method/wake/reminders"
        assert wait_until(lambda: call(caller, "POST", path, {"now": True}).status_code == 200, seconds=60)
        assert json.loads(subscriber.next_to("/wake/reminders")[1]) == {"now": True}


def test_the_api_wants_its_token(stack: Stack) -> None:
    options = SidecarOptions("redis", files=("secretstore",), scheduler=False)
    with Sidecar("test-token", stack=stack, options=options) as sidecar:
        answer = httpx.post(f"{sidecar.http_url}/v1.0/publish/pubsub/anything", json={})

    assert answer.status_code == 401


def test_a_killed_sidecar_comes_back_on_its_ports(stack: Stack) -> None:
    options = SidecarOptions("redis", files=("secretstore",), scheduler=False)
    with Sidecar("test-killed", stack=stack, options=options) as sidecar:
        before = sidecar.environment()
        sidecar.kill()
        assert not sidecar.is_reachable()
        sidecar.start()
        assert sidecar.is_reachable()
        assert sidecar.environment() == before


def test_a_sidecar_is_listed_while_it_runs(stack: Stack) -> None:
    options = SidecarOptions("redis", files=("secretstore",), scheduler=False)
    with Sidecar("test-listed", stack=stack, options=options) as sidecar:
        assert sidecar.name in [row.name for row in stack.status()]
    assert sidecar.name not in [row.name for row in stack.status()]
    assert wait_until(lambda: not sidecar.is_running(), seconds=1)


def test_a_sidecar_that_cannot_start_shows_the_end_of_its_log(stack: Stack) -> None:
    options = SidecarOptions("redis", files=("secretstore",), values={"REDIS_ADDRESS": f"{LOOPBACK}:1"})
    with (
        pytest.raises(ServiceFailed, match="refused") as failed,
        Sidecar("test-broken", stack=stack, options=options),
    ):
        pass

    assert "end of" in str(failed.value)
