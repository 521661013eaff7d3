"""The contract of transports, tested with each transport."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from events_app.tests.transports import harness
from events_app.tests.transports.harness import Case, first_appearances, message, messages, new_user
from events_app.transports.base import (
    MAX_MESSAGE_BYTES,
    Acknowledged,
    EventMessage,
    Failed,
    Rejected,
    Transport,
    TransportUnavailable,
)
from events_app.transports.memory import Faults, MemoryTransport

REAL = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(180)]


EMBEDDED = pytest.param(harness.embedded, id="embedded")
MEMORY = pytest.param(harness.memory, id="memory")
KAFKA = pytest.param(harness.kafka, id="kafka", marks=REAL)
KAFKA_SECURE = pytest.param(harness.kafka_secure, id="kafka-sasl-tls", marks=REAL)
DAPR_KAFKA = pytest.param(harness.dapr_kafka, id="dapr-kafka", marks=REAL)
DAPR_REDIS = pytest.param(harness.dapr_redis, id="dapr-redis", marks=REAL)
every_transport = pytest.mark.parametrize(
    "case", [EMBEDDED, MEMORY, KAFKA, KAFKA_SECURE, DAPR_KAFKA, DAPR_REDIS], indirect=True, scope="module"
)
where_bodies_can_be_read = pytest.mark.parametrize(
    "case", [MEMORY, KAFKA, KAFKA_SECURE, DAPR_KAFKA], indirect=True, scope="module"
)
with_a_broker = pytest.mark.parametrize(
    "case", [KAFKA, KAFKA_SECURE, DAPR_KAFKA, DAPR_REDIS], indirect=True, scope="module"
)


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    make: Callable[[], AbstractContextManager[Case]] = request.param
    with make() as made:
        yield made


def requests_for(transport: Transport, listed: list[EventMessage]) -> list[list[EventMessage]]:
    """Return the requests that the relay would make: one message per stream in each if order is not kept."""
    return [listed] if transport.keeps_order else [[one] for one in listed]


def publish_all(transport: Transport, listed: list[EventMessage]) -> None:
    for part in requests_for(transport, listed):
        assert set(transport.publish(part)) == {Acknowledged()}


@every_transport
def test_nothing_to_send_has_no_outcomes(case: Case) -> None:
    assert case.transport.publish([]) == []


@every_transport
def test_what_is_published_wakes_the_other_end(case: Case) -> None:
    user = new_user()

    publish_all(case.transport, messages(user, 3))

    assert case.waits_for(f"user:{user}", 3)


@every_transport
def test_every_topic_is_carried(case: Case) -> None:
    for topic in harness.TOPICS:
        user = new_user()
        publish_all(case.transport, messages(user, 1, topic=topic))
        assert case.waits_for(f"user:{user}", 1), topic


@every_transport
def test_sending_again_is_allowed(case: Case) -> None:
    user = new_user()
    publish_all(case.transport, messages(user, 2))

    publish_all(case.transport, messages(user, 3))

    assert case.waits_for(f"user:{user}", 3)


@every_transport
def test_a_full_request_is_sent_at_once(case: Case) -> None:
    users = [new_user() for _ in range(case.transport.max_messages)]

    outcomes = case.transport.publish([message(user, 1) for user in users])

    assert outcomes == [Acknowledged()] * len(users)
    for user in users:
        assert case.waits_for(f"user:{user}", 1)


@every_transport
def test_more_bytes_than_a_request_holds_are_cut(case: Case) -> None:
    users = [new_user() for _ in range(5)]

    outcomes = case.transport.publish([message(user, 1, padding=900_000) for user in users])

    assert outcomes == [Acknowledged()] * 5
    for user in users:
        assert case.waits_for(f"user:{user}", 1)


@every_transport
def test_a_message_that_is_too_large_is_rejected_and_its_neighbours_are_sent(case: Case) -> None:
    before, large, after = new_user(), new_user(), new_user()

    outcomes = case.transport.publish(
        [message(before, 1), message(large, 1, padding=MAX_MESSAGE_BYTES), message(after, 1)]
    )

    assert [type(outcome) for outcome in outcomes] == [Acknowledged, Rejected, Acknowledged]
    assert case.waits_for(f"user:{before}", 1)
    assert case.waits_for(f"user:{after}", 1)
    assert case.recorder.reached(f"user:{large}") == 0


@where_bodies_can_be_read
def test_envelopes_arrive_as_they_were_sent(case: Case) -> None:
    assert case.wire
    user = new_user()
    sent = message(user, 1)

    publish_all(case.transport, [sent])

    [seen] = [seen for seen in case.wire("task-events") if seen.key == user]
    assert (
        seen.envelope.items()
        >= {
            "id": sent.id,
            "source": "/todo",
            "type": "TaskCreated",
            "subject": "task/1",
            "time": "2026-01-31T12:00:00Z",
            "sequence": "1",
            "partitionkey": user,
        }.items()
    )
    assert seen.envelope["data"] == {"sequence": 1, "title": "Milch & Brot ✓"}


@where_bodies_can_be_read
def test_readers_meet_the_messages_of_a_stream_in_order(case: Case) -> None:
    assert case.wire
    user, other = new_user(), new_user()
    both = [m for pair in zip(messages(user, 60), messages(other, 60), strict=True) for m in pair]

    publish_all(case.transport, both)
    publish_all(case.transport, both[:20])

    seen = case.wire("task-events")
    assert first_appearances(seen, user) == list(range(1, 61))
    assert first_appearances(seen, other) == list(range(1, 61))


@every_transport
def test_after_closing_it_can_be_used_again(case: Case) -> None:
    user = new_user()
    publish_all(case.transport, messages(user, 1))

    case.transport.close()
    publish_all(case.transport, messages(user, 2))

    assert case.waits_for(f"user:{user}", 2)


@every_transport
def test_a_transport_that_was_prepared_is_used_as_any(case: Case) -> None:
    user = new_user()
    case.transport.close()

    case.transport.prepare()
    case.transport.prepare()
    publish_all(case.transport, messages(user, 2))

    assert case.waits_for(f"user:{user}", 2)


@with_a_broker
def test_a_broker_that_is_away_is_told_within_seconds(case: Case) -> None:
    assert case.away
    transport = case.away()
    started = time.monotonic()

    with pytest.raises(TransportUnavailable, match="does not answer at"):
        transport.publish(messages(new_user(), 2))
    with pytest.raises(TransportUnavailable, match="does not answer at"):
        transport.prepare()

    assert time.monotonic() - started < 10


@pytest.mark.parametrize("seed", range(20))
def test_order_survives_refusals_when_sending_goes_on_from_the_first(seed: int) -> None:
    """The relay's rule for retries, with a broker that refuses messages and sometimes keeps a refused one."""
    transport = MemoryTransport(faults=Faults(fail=0.3, duplicate=0.2))
    transport._random.seed(seed)
    waiting = messages("7", 40)

    while waiting:
        outcomes = transport.publish(waiting[:10])
        failed = [at for at, outcome in enumerate(outcomes) if isinstance(outcome, Failed)]
        waiting = waiting[failed[0] if failed else len(outcomes) :]

    met = list(dict.fromkeys(arrived.sequence for arrived in transport.arrived))
    assert met == list(range(1, 41))


def test_a_broker_in_memory_loses_and_repeats_on_request() -> None:
    losing, repeating = MemoryTransport(faults=Faults(drop=1)), MemoryTransport(faults=Faults(duplicate=1))

    assert losing.publish(messages("7", 3)) == [Acknowledged()] * 3
    assert repeating.publish(messages("7", 3)) == [Acknowledged()] * 3

    assert losing.take() == []
    assert [arrived.sequence for arrived in repeating.take()] == [1, 1, 2, 2, 3, 3]


def test_a_broker_in_memory_shuffles_and_is_unavailable_on_request() -> None:
    transport = MemoryTransport(faults=Faults(reorder=1))

    transport.publish(messages("7", 20))
    transport.faults = Faults(unavailable=True)

    assert [arrived.sequence for arrived in transport.arrived] != list(range(1, 21))
    with pytest.raises(TransportUnavailable):
        transport.publish(messages("7", 1))
