"""Two relays, two consumers of each kind, two workers, two beats: the same result as with one.

The clocks of the second ones are wrong: two seconds ahead, and beat's an hour behind.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg2
import pytest

from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.tests.transports.harness import fresh_topics, plain
from todo_project.tests.platform.databases import new_postgresql
from todo_project.tests.platform.outside import Outside
from todo_project.tests.platform.platforms import Platform, over_kafka, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE, Role, Stopwatch

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(400)]

# A lease of a lane lasts ten seconds, and so does a member's session in a Kafka group.
LONGER_THAN_A_LEASE = 12.0
ALIVE = "SELECT COUNT(*) FROM events_app_heartbeat WHERE role IN ('relay', 'worker', 'beat')"
FIRED = "SELECT COUNT(*) FROM tasks_app_reminder WHERE status = 'fired' AND owner_id IN ({})"
DUE_EVENTS = (
    "SELECT s.key, COUNT(*) FROM events_app_event e JOIN events_app_stream s ON s.id = e.stream_id"
    " WHERE e.type = 'reminder.due' GROUP BY s.key"
)
TOLD = "SELECT user_id, COUNT(*) FROM notifications_app_notification GROUP BY user_id"
# By the database's own clock, whatever the hosts believe.
EARLY = (
    "SELECT COUNT(*) FROM events_app_event WHERE type = 'reminder.due'"
    " AND occurred_at < (data->>'remind_at')::timestamptz"
)
AHEAD = {"TODO_FAULT_MODULE": "todo_project.tests.platform.two_seconds_ahead"}
BEHIND = {"TODO_FAULT_MODULE": "todo_project.tests.platform.an_hour_behind"}


@dataclass
class Scene:
    platform: Platform
    outside: Outside
    pairs: list[tuple[Role, Role]]
    overdue: list[int]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Everything was down when some reminders came due; then two of everything start at once."""
    folder = tmp_path_factory.mktemp("two")
    stack = require_services("postgresql", "kafka", "redis")
    outside = Outside(stack, fresh_topics(plain(stack)))
    environment = {**over_kafka(stack, outside.prefix), "TODO_REDIS_URL": redis_url(stack)}
    with platform(folder, new_postgresql(stack), environment) as made:
        overdue = made.users(4)
        for user in overdue:
            made.hands.do("remind", user_id=user, seconds=1, seconds_ago=120)
        pairs = []
        for clock in ({}, AHEAD):
            pairs.append((made.relay(**clock), made.consume(**clock)))
            made.start("worker", "--processes", "1", **clock)
        made.start("beat")
        made.start("beat", **BEHIND)
        made.reaches(ALIVE, value=6)
        yield Scene(made, outside, pairs, overdue)


def test_reminders_that_came_due_while_all_was_down_fire_once_and_say_that_they_are_late(at: Scene) -> None:
    _fire(at, at.overdue)
    late = at.platform.database.rows("SELECT owner_id FROM tasks_app_reminder WHERE late ORDER BY owner_id")
    assert [owner for (owner,) in late] == at.overdue


def test_reminders_fire_once_and_never_early(at: Scene) -> None:
    users = at.platform.users(8)
    for seconds, user in enumerate(users, start=3):
        # One after the other, so that some come due when it is the turn of those who are ahead.
        at.platform.hands.do("remind", user_id=user, seconds=seconds)
    _fire(at, users)
    assert at.platform.database.value(EARLY) == 0


def test_sleeping_past_a_lease_or_session_and_an_open_snapshot_change_nothing(at: Scene) -> None:
    made, users = at.platform, at.platform.users(16)
    with closing(psycopg2.connect(made.database.url)) as snapshot, snapshot.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM events_app_event")
        made.hands.do("start_writing", user_ids=users)
        for pair in at.pairs:
            _let_sleep(*pair)
        rested = made.hands.do("rest")
        made.settles()
    # Whoever sleeps amid a transaction keeps its locks: writers are refused after five seconds, not kept.
    assert all("lock timeout" in failure for failure in rested["failures"]), rested["failures"]
    assert rested["confirmed"]
    made.applied_everything_once(*users)
    at.outside.was_told_everything(made, *users)
    made.finds_nothing()


def _let_sleep(*roles: Role) -> None:
    for role in roles:
        role.pause()
    asleep = Stopwatch()
    assert wait_until(lambda: asleep.seconds >= LONGER_THAN_A_LEASE, seconds=PATIENCE)
    for role in roles:
        role.resume()


def _fire(at: Scene, users: list[int]) -> None:
    made = at.platform
    made.reaches(FIRED.format(", ".join(map(str, users))), value=len(users))
    made.settles()
    fired: dict[str, int] = dict(made.database.rows(DUE_EVENTS))
    assert [fired[f"user:{user}"] for user in users] == [1] * len(users)
    told: dict[int, int] = dict(made.database.rows(TOLD))
    assert [told[user] for user in users] == [1] * len(users)
    made.applied_everything_once(*users)
    at.outside.was_told_everything(made, *users)
    made.finds_nothing()
