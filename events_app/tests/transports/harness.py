"""One harness per transport: publish through the port, and record the hints that reach `advance`."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event, Lock, Thread
from unittest.mock import patch
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler

import orjson
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.dapr.launch import Pubsub
from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.consumers import registry
from events_app.tests.recorders import ONE
from events_app.transports.base import EventMessage, Transport
from events_app.transports.dapr import DaprTransport
from events_app.transports.embedded import EmbeddedTransport
from events_app.transports.inbox import Inbox
from events_app.transports.kafka import KafkaTransport
from events_app.transports.kafka_subscriber import KafkaSubscriber
from events_app.transports.kafka_topics import create_topics
from events_app.transports.memory import MemoryTransport
from events_app.transports.news import News
from events_app.transports.options import DaprOptions, KafkaOptions
from events_app.transports.wakeups import Wakeup, decode_wakeup

TOPICS = ("task-events", "task-updates", "reminders")
WITHOUT_STATE = ("secretstore", "resiliency")
ARRIVES_WITHIN = 30.0
_users = count(1)


class Recorder:
    """Replaces the kernel's `advance`: it records the hints, and fails on request."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, int]]] = []
        self.failures: list[Exception] = []
        self._lock = Lock()

    def advance(self, consumer: str, hints: Mapping[str, int]) -> None:
        with self._lock:
            if self.failures:
                raise self.failures.pop()
            self.calls.append((consumer, dict(hints)))

    def advance_together(self, hints: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        for consumer, wanted in hints.items():
            self.advance(consumer, wanted)
        return {key: seq for wanted in hints.values() for key, seq in wanted.items()}

    def reached(self, stream_key: str) -> int:
        """Return the highest sequence number in the hints for a stream."""
        with self._lock:
            return max((hints.get(stream_key, 0) for _, hints in self.calls), default=0)

    def waits_for(self, stream_key: str, sequence: int) -> bool:
        """Return whether the hints for the stream reach `sequence` in time."""
        return wait_until(lambda: self.reached(stream_key) >= sequence, seconds=ARRIVES_WITHIN)


@dataclass(frozen=True)
class Seen:
    """One message as a reader of the broker sees it."""

    key: str
    envelope: dict[str, object]
    headers: dict[str, bytes]


@dataclass
class Case:
    """A transport with both its ends. `away` returns one whose broker is missing; `wire` reads a topic raw."""

    transport: Transport
    recorder: Recorder = field(default_factory=Recorder)
    away: Callable[[], Transport] | None = None
    wire: Callable[[str], list[Seen]] | None = None
    sidecar: Sidecar | None = None
    pump: Callable[[], None] = lambda: None

    def waits_for(self, stream_key: str, sequence: int) -> bool:
        self.pump()
        return self.recorder.waits_for(stream_key, sequence)


def new_user() -> str:
    """Return a user id that no other test of this process uses."""
    return str(next(_users))


def message(user: str, sequence: int, *, topic: str = "task-events", padding: int = 0) -> EventMessage:
    """Return a message as the relay makes it, with `padding` more bytes."""
    event_id = f"{user}-{sequence}"
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/todo",
        "type": "TaskCreated",
        "subject": "task/1",
        "time": "2026-01-31T12:00:00Z",
        "datacontenttype": "application/json",
        "sequence": str(sequence),
        "partitionkey": user,
        "data": {"sequence": sequence, "title": "Milch & Brot ✓" + "x" * padding},
    }
    return EventMessage(
        topic=topic,
        key=user,
        id=event_id,
        type="TaskCreated",
        stream_key=f"user:{user}",
        sequence=sequence,
        body=orjson.dumps(envelope),
        headers=(("content-type", b"application/cloudevents+json"), ("id", event_id.encode())),
    )


def messages(user: str, upto: int, *, topic: str = "task-events") -> list[EventMessage]:
    """Return the messages 1 … `upto` of one user."""
    return [message(user, sequence, topic=topic) for sequence in range(1, upto + 1)]


@contextmanager
def embedded() -> Iterator[Case]:
    """In this process."""
    transport = EmbeddedTransport()
    case = Case(transport)

    def pump() -> None:
        for hints in transport.drain().values():
            case.recorder.advance("one", hints)

    case.pump = pump
    yield case


@contextmanager
def memory() -> Iterator[Case]:
    """The broker in memory."""
    transport = MemoryTransport()
    seen: list[EventMessage] = []
    case = Case(transport, wire=lambda topic: [_as_read(m) for m in transport.arrived if m.topic == topic])

    def pump() -> None:
        new = transport.arrived[len(seen) :]
        seen.extend(new)
        decoded = [decode_wakeup(arrived.body) for arrived in new]
        case.recorder.advance("one", News().fresh(each for each in decoded if isinstance(each, Wakeup)))

    case.pump = pump
    yield case


@contextmanager
def kafka() -> Iterator[Case]:
    """Real Kafka, both directions by kafka-python."""
    with kafka_on(plain(require_services("kafka"))) as case:
        yield case


@contextmanager
def kafka_secure() -> Iterator[Case]:
    """The same over SASL and TLS."""
    with kafka_on(secure(require_services("kafka"))) as case:
        yield case


@contextmanager
def dapr_kafka() -> Iterator[Case]:
    """A real sidecar in front of Kafka."""
    with dapr_on(require_services("kafka", "redis", "scheduler"), "kafka") as case:
        yield case


@contextmanager
def dapr_redis() -> Iterator[Case]:
    """A real sidecar in front of Redis."""
    with dapr_on(require_services("kafka", "redis", "scheduler"), "redis") as case:
        yield case


def plain(stack: Stack) -> KafkaOptions:
    """Return the options for the stack's Kafka without encryption."""
    return KafkaOptions(bootstrap_servers=(stack.kafka.bootstrap_servers(),), partitions=3)


def secure(stack: Stack) -> KafkaOptions:
    """Return the options for the stack's Kafka with SASL over TLS."""
    return KafkaOptions(
        bootstrap_servers=(stack.kafka.bootstrap_servers(secure=True),),
        security_protocol="SASL_SSL",
        username="todo",
        password=stack.kafka.password,
        ca_file=str(stack.home.certificates.authority),
        partitions=3,
    )


@contextmanager
def kafka_on(options: KafkaOptions) -> Iterator[Case]:
    """Yield a case with new topics, a producer, and a subscriber in a thread."""
    prefix = fresh_topics(options)
    nowhere = KafkaOptions(bootstrap_servers=(f"{LOOPBACK}:{pick(1)[0]}",))
    case = Case(
        KafkaTransport(options, prefix=prefix),
        away=lambda: KafkaTransport(nowhere),
        wire=lambda topic: read_topic(options, prefix + topic),
    )
    with run_subscriber(options, prefix, case.recorder):
        yield case
    case.transport.close()


def fresh_topics(options: KafkaOptions) -> str:
    """Create topics with a new prefix; return the prefix."""
    prefix = f"t{uuid4().hex[:8]}-"
    create_topics(options, [prefix + topic for topic in TOPICS])
    return prefix


@contextmanager
def run_subscriber(options: KafkaOptions, prefix: str, recorder: Recorder) -> Iterator[KafkaSubscriber]:
    """Run a subscriber for all topics, of a consumer called `one`, in a thread."""
    stop = Event()
    subscriber = KafkaSubscriber(["one"], TOPICS, options, recorder.advance_together, stop, prefix=prefix)
    thread = Thread(target=subscriber.run)
    thread.start()
    try:
        yield subscriber
    finally:
        stop.set()
        thread.join(15)
    assert not thread.is_alive(), "the subscriber did not stop"


def read_topic(options: KafkaOptions, topic: str, *, seconds: float = 10) -> list[Seen]:
    """Return all present messages of a topic, partition by partition."""
    reader = KafkaConsumer(
        **options.client_settings(), enable_auto_commit=False, allow_auto_create_topics=False
    )
    try:
        places = [TopicPartition(topic, number) for number in sorted(reader.partitions_for_topic(topic))]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        found: dict[TopicPartition, list[Seen]] = {place: [] for place in places}
        deadline = time.monotonic() + seconds
        while any(len(found[place]) < ends[place] for place in places) and time.monotonic() < deadline:
            for place, records in reader.poll(timeout_ms=200).items():
                found[place] += [_read(record) for record in records]
    finally:
        reader.close()
    return [seen for place in places for seen in found[place]]


def _read(record: ConsumerRecord) -> Seen:
    return Seen(record.key.decode(), orjson.loads(record.value), dict(record.headers))


def _as_read(arrived: EventMessage) -> Seen:
    return Seen(arrived.key, orjson.loads(arrived.body), dict(arrived.headers))


@contextmanager
def dapr_on(stack: Stack, pubsub: Pubsub) -> Iterator[Case]:
    """Yield a case with our routes on a server, and a sidecar that delivers to them."""
    kafka_options = plain(stack)
    prefix = fresh_topics(kafka_options)
    recorder = Recorder()
    with ExitStack() as stacked:
        port = stacked.enter_context(_serving_routes(recorder))
        sidecar = Sidecar(
            f"t{uuid4().hex[:8]}",
            port,
            stack=stack,
            options=SidecarOptions(pubsub, files=WITHOUT_STATE, topic_prefix=prefix),
        )
        options = dapr_options(sidecar)
        stacked.enter_context(override_settings(DAPR=options, TOPIC_PREFIX=prefix, EVENT_TRANSPORT="dapr"))
        stacked.enter_context(sidecar)
        sidecar.wait_healthy()
        transport = DaprTransport(options, prefix=prefix)
        http, grpc = pick(2)
        yield Case(
            transport,
            recorder=recorder,
            sidecar=sidecar,
            away=lambda: DaprTransport(DaprOptions(http_port=http, grpc_port=grpc)),
            wire=(lambda topic: read_topic(kafka_options, prefix + topic)) if pubsub == "kafka" else None,
        )
        transport.close()


def dapr_options(sidecar: Sidecar) -> DaprOptions:
    """Return the options for a sidecar, with its tokens."""
    return DaprOptions(
        http_port=sidecar.ports["http"],
        grpc_port=sidecar.ports["grpc"],
        api_token=sidecar.api_token,
        app_token=sidecar.app_token,
    )


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _serving_routes(recorder: Recorder) -> Iterator[int]:
    """Serve the platform's routes on a port without a database: the inbox hands wake-ups to the recorder."""
    everything = (replace(ONE, topics=TOPICS),)
    box = Inbox(["one"], recorder.advance_together)
    with (
        override_settings(EVENT_CONSUMERS=everything),
        patch("events_app.api.dapr.inbox", lambda: box),
        patch("events_app.api.dapr.register_consumers"),
        ThreadedWSGIServer((LOOPBACK, 0), _Quiet) as server,
    ):
        registry.consumers.cache_clear()
        server.set_app(get_wsgi_application())
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
            assert box.close(10)
            registry.consumers.cache_clear()


def first_appearances(seen: Sequence[Seen], user: str) -> list[int]:
    """Return the sequence numbers of one user in the order of their first appearance."""
    sequences = [int(str(s.envelope["sequence"])) for s in seen if s.key == user]
    return list(dict.fromkeys(sequences))
