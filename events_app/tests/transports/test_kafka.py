"""Faults that only Kafka can have."""

import gc
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.db import OperationalError
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from devstack import Stack, temporary_stack
from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from devstack.waiting import least, wait_until
from events_app.runtime.heartbeats import OLDEST_HINT
from events_app.tests.transports.harness import (
    TOPICS,
    Recorder,
    first_appearances,
    fresh_topics,
    message,
    messages,
    new_user,
    plain,
    read_topic,
    run_subscriber,
    secure,
)
from events_app.transports import kafka, kafka_subscriber
from events_app.transports.base import (
    Acknowledged,
    EventMessage,
    Failed,
    Rejected,
    TransportError,
    TransportUnavailable,
)
from events_app.transports.kafka import KafkaTransport
from events_app.transports.kafka_subscriber import KafkaSubscriber
from events_app.transports.kafka_topics import Topic, create_topics
from events_app.transports.options import KafkaOptions
from foundation import counters

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    # kafka-python leaves the socket of a failed connection to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. .*socket:pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture(autouse=True)
def collect_what_the_library_left() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def options() -> KafkaOptions:
    return plain(require_services("kafka"))


@pytest.fixture
def prefix(options: KafkaOptions) -> str:
    return fresh_topics(options)


@pytest.fixture
def transport(options: KafkaOptions, prefix: str) -> Iterator[KafkaTransport]:
    made = KafkaTransport(options, prefix=prefix)
    yield made
    made.close()


def committed_count(options: KafkaOptions, prefix: str) -> int:
    """Return the number of messages of task-events whose offsets the group of consumer `one` has committed."""
    reader = KafkaConsumer(
        **options.client_settings(), group_id=f"{prefix}todo-one", enable_auto_commit=False
    )
    try:
        places = [TopicPartition(f"{prefix}task-events", number) for number in range(options.partitions)]
        return sum(reader.committed(place) or 0 for place in places)
    finally:
        reader.close()


def oldest_hint(subscriber: KafkaSubscriber) -> float:
    seconds = subscriber.progress.describe()[OLDEST_HINT]
    assert isinstance(seconds, float)
    return seconds


def send(transport: KafkaTransport, listed: list[EventMessage]) -> None:
    assert set(transport.publish(listed)) == {Acknowledged()}


def send_raw(
    options: KafkaOptions,
    topic: str,
    values: list[bytes | None],
    headers: Sequence[tuple[str, bytes]] = (),
) -> None:
    producer = KafkaProducer(**options.client_settings(), allow_auto_create_topics=False)
    for value in values:
        producer.send(topic, key=b"1", value=value, headers=list(headers)).get(timeout=10)
    producer.close()


def test_the_first_message_of_a_prepared_transport_waits_for_no_connection(
    transport: KafkaTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport.prepare()
    monkeypatch.setattr(kafka, "open_client", lambda *_, **__: pytest.fail("it connects only now"))
    send(transport, messages(new_user(), 1))


def test_preparing_before_the_topics_exist_is_no_error_and_they_are_found_later(
    options: KafkaOptions,
) -> None:
    prefix = f"t{uuid4().hex[:8]}."
    transport = KafkaTransport(options, prefix=prefix)
    transport.prepare()
    create_topics(options, [prefix + name for name in TOPICS])
    send(transport, messages(new_user(), 1))
    transport.close()


def test_creating_topics_again_changes_nothing(options: KafkaOptions) -> None:
    name = f"t{uuid4().hex[:8]}"

    first = create_topics(options, [name])
    again = create_topics(replace(options, partitions=9), [name])

    assert first == [Topic(name, 3, is_new=True)]
    assert again == [Topic(name, 3, is_new=False)]


def test_more_replicas_than_brokers_are_refused_in_a_sentence(options: KafkaOptions) -> None:
    with pytest.raises(TransportError, match="replication"):
        create_topics(replace(options, replication=3), [f"t{uuid4().hex[:8]}"])


def test_the_keys_of_a_user_share_a_partition(
    options: KafkaOptions, transport: KafkaTransport, prefix: str
) -> None:
    user = new_user()

    send(transport, messages(user, 5))

    [seen] = [first_appearances(read_topic(options, f"{prefix}task-events"), user)]
    assert seen == [1, 2, 3, 4, 5]


def test_an_unknown_topic_fails_with_the_command_that_mends_it(
    transport: KafkaTransport, options: KafkaOptions, prefix: str
) -> None:
    user = new_user()
    mixed = [message(user, 1), message(user, 1, topic="missing"), message(user, 2)]

    first, again = transport.publish(mixed), transport.publish(mixed)

    def seconds_again() -> float:
        started = time.monotonic()
        transport.publish(mixed)
        return time.monotonic() - started

    assert [type(outcome) for outcome in first] == [Acknowledged, Failed, Acknowledged]
    assert isinstance(first[1], Failed)
    assert "manage.py topics" in first[1].reason
    assert first == again
    assert least(seconds_again, below=0.5) < 0.5, "a missing topic must not slow down the others each time"


def test_a_topic_that_is_created_later_is_found(options: KafkaOptions) -> None:
    prefix, user = f"t{uuid4().hex[:8]}-", new_user()
    transport = KafkaTransport(options, prefix=prefix)
    assert isinstance(transport.publish([message(user, 1)])[0], Failed)

    create_topics(options, [f"{prefix}task-events"])

    assert wait_until(lambda: transport.publish([message(user, 1)]) == [Acknowledged()], seconds=20)
    transport.close()


def test_what_a_topic_does_not_take_is_rejected_alone(options: KafkaOptions) -> None:
    """A broker refuses a whole batch, so the transport must find the message that is too large."""
    topic, user = f"t{uuid4().hex[:8]}", new_user()
    admin = KafkaAdminClient(**options.client_settings())
    small = {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "3000"}}
    admin.create_topics({topic: small}, wait_for_metadata=True)
    admin.close()
    transport = KafkaTransport(options)
    listed = [message(user, n, topic=topic, padding=4000 if n in (2, 4) else 0) for n in range(1, 7)]

    outcomes = transport.publish(listed)

    kinds = [Acknowledged, Rejected, Acknowledged, Rejected, Acknowledged, Acknowledged]
    assert [type(outcome) for outcome in outcomes] == kinds
    assert first_appearances(read_topic(options, topic), user) == [1, 3, 5, 6]
    transport.close()


def with_wrong_password(options: KafkaOptions) -> KafkaOptions:
    return replace(options, password="wrong")


def with_unknown_user(options: KafkaOptions) -> KafkaOptions:
    return replace(options, username="nobody")


def without_authority(options: KafkaOptions) -> KafkaOptions:
    return replace(options, ca_file="")


def without_signing_in(options: KafkaOptions) -> KafkaOptions:
    return replace(options, security_protocol="SSL")


@pytest.mark.parametrize(
    "spoil", [with_wrong_password, with_unknown_user, without_authority, without_signing_in]
)
def test_wrong_credentials_are_told_within_seconds(
    options: KafkaOptions, spoil: Callable[[KafkaOptions], KafkaOptions]
) -> None:
    transport = KafkaTransport(spoil(secure(Stack())))
    started = time.monotonic()

    with pytest.raises(TransportUnavailable, match="TODO_KAFKA_CA_FILE or the TODO_KAFKA_\\* credentials"):
        transport.publish(messages(new_user(), 1))

    assert time.monotonic() - started < 10


def test_offsets_are_committed_once_the_outcome_is_recorded(
    options: KafkaOptions, transport: KafkaTransport, prefix: str
) -> None:
    user, recorder = new_user(), Recorder()
    send(transport, messages(user, 3))

    with run_subscriber(options, prefix, recorder):
        assert recorder.waits_for(f"user:{user}", 3)
        assert wait_until(lambda: committed_count(options, prefix) == 3, seconds=20)

    again = Recorder()
    with run_subscriber(options, prefix, again):
        send(transport, [message(user, 4)])
        assert again.waits_for(f"user:{user}", 4)
    assert again.calls == [("one", {f"user:{user}": 4})]


def test_nothing_is_committed_while_the_database_is_away(
    options: KafkaOptions, transport: KafkaTransport, prefix: str
) -> None:
    user, recorder = new_user(), Recorder()
    recorder.failures = [OperationalError("gone") for _ in range(500)]
    send(transport, messages(user, 2))

    with run_subscriber(options, prefix, recorder) as subscriber:
        assert wait_until(lambda: subscriber.progress.state == "no database", seconds=30)
        assert committed_count(options, prefix) == 0
        assert 0 < oldest_hint(subscriber) < 60
        recorder.failures = []
        assert recorder.waits_for(f"user:{user}", 2)
        assert wait_until(lambda: committed_count(options, prefix) == 2, seconds=20)
        assert wait_until(lambda: oldest_hint(subscriber) == 0, seconds=20)


def test_forged_messages_are_dropped_and_do_not_hold_up_the_next(
    options: KafkaOptions, transport: KafkaTransport, prefix: str
) -> None:
    user, recorder = new_user(), Recorder()
    before = sum(n for name, n in counters.snapshot().items() if name.startswith("wakeups.dropped."))
    send_raw(
        options, f"{prefix}task-events", [None, b"", b"{", b"\xff", b'{"specversion": "1.0"}', b"[" * 9000]
    )
    for headers in ([("sequence", b"")], [("sequence", b"x"), ("epoch", b"\xff")]):
        send_raw(options, f"{prefix}task-events", [b"{"], headers)

    with run_subscriber(options, prefix, recorder):
        send(transport, [message(user, 1)])
        assert recorder.waits_for(f"user:{user}", 1)
        assert wait_until(lambda: committed_count(options, prefix) == 9, seconds=20)

    after = sum(n for name, n in counters.snapshot().items() if name.startswith("wakeups.dropped."))
    assert after == before + 8
    assert {key for _, hints in recorder.calls for key in hints} == {f"user:{user}"}


def test_two_of_a_group_share_the_partitions(
    options: KafkaOptions, transport: KafkaTransport, prefix: str
) -> None:
    first, second = Recorder(), Recorder()
    with run_subscriber(options, prefix, first), run_subscriber(options, prefix, second):
        assert wait_until(lambda: _hear(transport, first) and _hear(transport, second), seconds=60)


def test_a_client_that_forgets_its_partitions_is_replaced(
    options: KafkaOptions, transport: KafkaTransport, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With very short polls, kafka-python loses a new assignment; the loop must notice it."""
    monkeypatch.setattr(kafka_subscriber, "_JOIN_SECONDS", 2.0)
    often = {**kafka_subscriber._SETTINGS, "metadata_max_age_ms": 500}
    monkeypatch.setattr(kafka_subscriber, "_SETTINGS", often)
    recorder = Recorder()
    with run_subscriber(options, prefix, recorder) as subscriber:
        assert wait_until(lambda: _hear(transport, recorder), seconds=60)

        with monkeypatch.context() as short:
            short.setattr(kafka_subscriber, "POLL_MS", 1)
            short.setattr(kafka_subscriber, "JOIN_POLL_MS", 1)
            admin = KafkaAdminClient(**options.client_settings())
            admin.create_partitions({f"{prefix}task-events": 6})
            admin.close()
            assert wait_until(lambda: "connecting anew" in subscriber.progress.trouble, seconds=30)

        assert wait_until(lambda: _hears_of_partition(options, prefix, 5, recorder), seconds=60)


def _hears_of_partition(options: KafkaOptions, prefix: str, partition: int, recorder: Recorder) -> bool:
    """Return whether a message in this partition reaches `advance`."""
    user = new_user()
    producer = KafkaProducer(**options.client_settings())
    producer.send(f"{prefix}task-events", message(user, 1).body, partition=partition).get(timeout=10)
    producer.close()
    return wait_until(lambda: recorder.reached(f"user:{user}") == 1, seconds=5)


def _hear(transport: KafkaTransport, recorder: Recorder) -> bool:
    heard = len(recorder.calls)
    send(transport, [message(new_user(), 1) for _ in range(30)])
    return wait_until(lambda: len(recorder.calls) > heard, seconds=1)


def test_a_broker_that_is_missing_at_start_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = KafkaOptions(bootstrap_servers=(f"{LOOPBACK}:{pick(1)[0]}",))
    stop = Event()
    subscriber = KafkaSubscriber(["one"], TOPICS, nowhere, Recorder().advance_together, stop)
    thread = Thread(target=subscriber.run)
    thread.start()

    assert wait_until(lambda: subscriber.progress.state == "no broker", seconds=10)
    assert "python -m devstack up kafka" in subscriber.progress.trouble
    stop.set()
    thread.join(10)

    assert not thread.is_alive()
    warnings = [record for record in caplog.records if "waiting for Kafka" in record.getMessage()]
    assert len(warnings) == 1, "it says so once, not at every attempt"


def test_a_broker_that_stops_hangs_and_dies_is_found_again() -> None:
    """On a separate stack: messages between the faults arrive, and no call takes longer than seconds."""
    with temporary_stack("kafka") as stack:
        options = plain(stack)
        prefix, recorder, user = fresh_topics(options), Recorder(), new_user()
        transport = KafkaTransport(options, prefix=prefix)
        with run_subscriber(options, prefix, recorder):
            send(transport, [message(user, 1)])
            assert recorder.waits_for(f"user:{user}", 1)

            stack.pause("kafka")
            assert _seconds_until_given_up(transport, user) < 10
            stack.resume("kafka")
            assert wait_until(lambda: _is_sent(transport, user, 2), seconds=30)
            assert recorder.waits_for(f"user:{user}", 2)

            stack.pause("kafka")
            _throw_away_amid_sending(transport, f"{prefix}task-events")
            stack.resume("kafka")
            assert wait_until(lambda: _is_sent(transport, user, 2), seconds=30)

            stack.kill("kafka")
            assert _seconds_until_unavailable(transport, user) < 10
            assert least(lambda: _seconds_until_unavailable(transport, user), below=1) < 1
            stack.start("kafka")
            assert wait_until(lambda: _is_sent(transport, user, 3), seconds=30)
            assert recorder.waits_for(f"user:{user}", 3)
        transport.close()
        assert first_appearances(read_topic(options, f"{prefix}task-events"), user) == [1, 2, 3]


def _throw_away_amid_sending(transport: KafkaTransport, topic: str) -> None:
    """Unacknowledged messages at a frozen broker must neither block the close of the producer nor raise."""
    producer = transport._producer
    assert producer is not None
    underway = producer.send(topic, value=b"never sent")
    transport.close()
    assert not producer._sender.is_alive()
    assert underway.failed()


def _seconds_until_given_up(transport: KafkaTransport, user: str) -> float:
    """Return the seconds until a call fails. A frozen broker keeps its connections open."""
    started = time.monotonic()
    try:
        [outcome] = transport.publish([message(user, 2)])
    except TransportUnavailable:
        return time.monotonic() - started
    assert isinstance(outcome, Failed)
    return time.monotonic() - started


def _seconds_until_unavailable(transport: KafkaTransport, user: str) -> float:
    started = time.monotonic()
    with pytest.raises(TransportUnavailable):
        transport.publish([message(user, 2)])
    return time.monotonic() - started


def _is_sent(transport: KafkaTransport, user: str, upto: int) -> bool:
    try:
        return set(transport.publish(messages(user, upto))) == {Acknowledged()}
    except TransportUnavailable:
        return False
