"""Kafka repeats, reorders, loses and is lied to; what is applied does not change."""

import json
from collections.abc import Iterator

import pytest

from devstack.testing import require_services
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.platforms import Platform, over_kafka, platform

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]

TOPICS = ("task-events", "task-updates", "reminders")
LIES: tuple[dict[str, object], ...] = (
    {"sequence": "900"},  # ahead of the log
    {"sequence": "1"},  # long past
    {"sequence": "0"},
    {"sequence": str(2**63)},
    {"sequence": 5, "partitionkey": 1},
    {"partitionkey": "987654321"},  # nobody
    {"partitionkey": "user:1"},
    {"source": "/elsewhere"},
    {"specversion": "0.3"},
    {"type": "DROP TABLE"},
)


@pytest.fixture(scope="module")
def outside() -> Outside:
    stack = require_services("postgresql", "kafka")
    return Outside(stack, fresh_topics(plain(stack)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("messages")
    database = new_postgresql(outside.stack)
    with platform(folder, database, over_kafka(outside.stack, outside.prefix)) as made:
        made.relay()
        made.consume()
        yield made


def test_tenfold_repeats_in_any_order_change_nothing(shared: Platform, outside: Outside) -> None:
    users = shared.users(3)
    shared.hands.do("create", user_ids=users, count=20)
    shared.settles()
    with outside.producer() as forger:
        for topic in TOPICS:
            forger.repeat(topic, outside.envelopes(topic), times=10)
    _another_round_is_taken(shared, users)


def test_processes_that_are_told_of_the_same_events_at_once_share_them(shared: Platform) -> None:
    users = shared.users(3)
    told = [shared.more_hands() for _ in range(3)]
    for hands in told:
        hands.do("start_advancing", user_ids=users)
    shared.hands.do("create", user_ids=users, count=100)
    shared.settles()
    applied = [hands.do("stop_advancing") for hands in told]
    assert sum(applied) > 0
    shared.applied_everything_once(*users)
    shared.finds_nothing()


def test_lost_messages_are_made_up_for(shared: Platform) -> None:
    users = shared.users(3)
    shared.hands.do("create", user_ids=users, count=5)
    # What the broker acknowledged and lost afterwards: told, as far as the log knows.
    shared.hands.do("create_unheard", user_ids=users, count=5)
    shared.settles()
    shared.applied_everything_once(*users)
    shared.finds_nothing()


def test_forged_envelopes_do_nothing(shared: Platform, outside: Outside) -> None:
    users = shared.users(2)
    shared.hands.do("create", user_ids=users, count=3)
    shared.settles()
    with outside.producer() as forger:
        for user in users:
            for lies in LIES:
                envelope = {"specversion": "1.0", "source": "/todo", "id": "forged", "type": "TaskDeleted"}
                said = {"sequence": "2", "partitionkey": str(user), "data": {"task_id": 1}, **lies}
                for topic in TOPICS:
                    forger.send(topic, json.dumps({**envelope, **said}).encode())
    _another_round_is_taken(shared, users)


def test_what_is_no_envelope_is_dropped_and_the_next_is_taken(shared: Platform, outside: Outside) -> None:
    [user] = shared.users(1)
    bodies = [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"0" * 500_000,
        b'{"a":' * 5000,
        b'"' + b"x" * 900_000 + b'"',
    ]
    with outside.producer() as forger:
        for topic in TOPICS:
            for body in bodies:
                forger.send(topic, body)
    _another_round_is_taken(shared, [user])


def _another_round_is_taken(shared: Platform, users: list[int]) -> None:
    """Consumers got past what came before: they take what follows it, and did nothing twice."""
    shared.hands.do("create", user_ids=users, count=2)
    shared.settles()
    shared.applied_everything_once(*users)
    shared.finds_nothing()
