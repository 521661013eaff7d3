"""kill -9 of relays and of consumers on PostgreSQL and Kafka, at every step, while others live on."""

from collections.abc import Iterator

import pytest

from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.runtime.crash import CRASH_POINTS
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.platforms import Platform, over_kafka, platform
from todo_project.tests.platform.roles import PATIENCE, Role

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

KILLED = -9
# A group lets nobody in before the sessions of those who were killed have ended.
JOIN_PATIENCE = 4 * PATIENCE
RELAY_STEPS = [point for point in CRASH_POINTS if point.startswith("relay.")]
CONSUMER_STEPS = [point for point in CRASH_POINTS if point.startswith(("kernel.", "subscriber."))]


@pytest.fixture(scope="module")
def outside() -> Outside:
    stack = require_services("postgresql", "kafka")
    return Outside(stack, fresh_topics(plain(stack)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Platform]:
    """A platform with a relay that nobody kills; it also reconciles."""
    folder = tmp_path_factory.mktemp("crashes")
    database = new_postgresql(outside.stack)
    with platform(folder, database, over_kafka(outside.stack, outside.prefix)) as made:
        made.relay().says("relay started")
        yield made


@pytest.mark.parametrize("step", RELAY_STEPS)
def test_what_a_killed_relay_was_at_is_published_by_another(
    shared: Platform, outside: Outside, step: str
) -> None:
    users = shared.users(16)  # of every lane
    victim = shared.relay(TODO_CRASH_POINT=step).says("relay started")
    _write_until_dead(shared, victim, users)

    if step != RELAY_STEPS[0]:  # once in earnest
        shared.let_leases_end()
    shared.settles()
    shared.applied_everything_once(*users)
    outside.was_told_everything(shared, *users)
    shared.finds_nothing()


@pytest.mark.parametrize("step", CONSUMER_STEPS)
def test_what_a_killed_consumer_was_at_is_applied_once(shared: Platform, step: str) -> None:
    users = shared.users(2)
    for user in users if "failure" in step or "parting" in step else ():
        orders = "INSERT INTO probe_order SELECT %s, g, 'raise once' FROM generate_series(1, 400) g"
        shared.database.rows(orders, f"user:{user}")
    victim = shared.consume("probe", "probe_many", TODO_CRASH_POINT=step).says("consuming")
    _write_until_dead(shared, victim, users)

    shared.database.rows("DELETE FROM probe_order")
    shared.settles()
    shared.applied_everything_once(*users)
    shared.finds_nothing()


def test_a_consumer_whose_handler_hangs_ends_and_its_event_counts_an_attempt(shared: Platform) -> None:
    [user] = shared.users(1)
    impatient = {"TODO_FAULT_MODULE": "todo_project.tests.platform.impatient"}
    consumer = shared.consume("probe", **impatient).says("consuming").may_end()
    order = "INSERT INTO probe_order SELECT %s, g, 'hang in probe' FROM generate_series(2, 400) g"
    shared.database.rows(order, f"user:{user}")

    def is_named() -> bool:
        shared.hands.do("create", user_ids=[user])
        return "has not turned for" in consumer.output

    assert wait_until(is_named, seconds=JOIN_PATIENCE), consumer.tail
    shared.database.rows("DELETE FROM probe_order")
    assert consumer.ended() == 1, consumer.tail
    assert f"(todo_project.tests.platform.probe.take_one) at task.created user:{user}/" in consumer.output
    shared.settles()
    shared.applied_everything_once(user)
    shared.finds_nothing()


def _write_until_dead(shared: Platform, victim: Role, users: list[int]) -> None:
    """Load, until the victim has come to its step: others may have taken some of the work before it."""
    victim.may_end()

    def is_dead() -> bool:
        shared.hands.do("create", user_ids=users)
        return not victim.is_running

    assert wait_until(is_dead, seconds=JOIN_PATIENCE), victim.tail
    assert victim.ended() == KILLED, victim.tail
