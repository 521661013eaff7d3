"""Handlers that fail always or once: only their own stream waits, and only as long as it must."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.platforms import Platform, platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BLOCKED = "SELECT COUNT(*) FROM events_app_cursor WHERE consumer = 'probe' AND blocked_at IS NOT NULL"
CURSOR = (
    "SELECT c.seq FROM events_app_cursor c JOIN events_app_stream s ON s.id = c.stream_id"
    " WHERE c.consumer = %s AND s.key = %s"
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Platform]:
    """One engine."""
    folder = tmp_path_factory.mktemp("handlers")
    with platform(folder, new_sqlite(folder, templates)) as made:
        made.relay().says("relay started")
        yield made


def test_poison_in_the_middle_blocks_one_stream_and_skips_one_event(shared: Platform) -> None:
    poisoned, healthy = shared.users(2)
    _order(shared, poisoned, 10, "raise")
    shared.hands.do("create", user_ids=[poisoned, healthy], count=20)
    shared.reaches(BLOCKED, value=1)
    shared.settles()

    shared.applied_everything_once(healthy)
    assert shared.applied("probe", poisoned) == list(range(1, 10))
    assert shared.applied("probe_many", poisoned) == [*range(1, 10), *range(11, 21)]
    dead = shared.database.rows("SELECT consumer, seq FROM events_app_deadletter WHERE resolved_at IS NULL")
    assert dead == [("probe_many", 10)]
    shared.finds_nothing(besides=frozenset({"blocked", "dead letters", "lag"}))

    _repair(shared, poisoned)
    assert shared.applied("probe", poisoned) == list(range(1, 21))
    assert sorted(shared.applied("probe_many", poisoned)) == list(range(1, 21))
    shared.finds_nothing()


def test_what_fails_once_is_applied_by_itself(shared: Platform) -> None:
    [user] = shared.users(1)
    for seq in (2, 3, 7):
        _order(shared, user, seq, "raise once")
    shared.hands.do("create", user_ids=[user], count=8)
    shared.settles()
    shared.applied_everything_once(user)
    shared.finds_nothing()


def _order(shared: Platform, user: int, seq: int, does: str) -> None:
    shared.database.rows("INSERT INTO probe_order VALUES (%s, %s, %s)", f"user:{user}", seq, does)


def _repair(shared: Platform, user: int) -> None:
    """Take the poison away, as a new release would; then do what an operator does."""
    shared.database.rows("DELETE FROM probe_order")
    retry = shared.start("dead_letters", "retry")
    assert retry.ended() == 0, retry.tail
    shared.hands.do("unblock")
    shared.reaches(CURSOR, "probe", f"user:{user}", value=shared.head(user))
    shared.settles()
