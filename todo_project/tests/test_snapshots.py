"""The consumer `snapshots`: what it keeps of tasks, that versions only rise, and that a lost store changes nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import JsonValue

from accounts_app.models import User
from events_app.consumers import snapshots
from events_app.consumers.kernel import replay
from events_app.consumers.registry import AppliedRange
from events_app.consumers.snapshots import keep_ranges, snapshot_key
from events_app.models import Cursor
from events_app.state.base import KeptState, StateCache
from events_app.state.memory import MemoryStateCache
from events_app.tests.recorders import consumers_are
from tasks_app.models import Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.tests.helpers import NEW_YEAR, consume, history, make_task
from todo_project.settings.consumers import SNAPSHOTS

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NEW_YEAR + timedelta(hours=1)


class AwayCache(StateCache):
    """A store that is never there."""

    def get(self, key: str) -> KeptState | None:
        return None

    def put(self, key: str, value: JsonValue, *, ttl_seconds: int, instead_of: KeptState | None) -> bool:
        return False

    def forget(self, key: str) -> bool:
        return False


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStateCache]:
    kept = MemoryStateCache()
    monkeypatch.setattr(snapshots, "state_cache", lambda: kept)
    with consumers_are(SNAPSHOTS):
        yield kept


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maria", password="a long password")


def kept(cache: StateCache, task: Task) -> JsonValue:
    found = cache.get(snapshot_key(task.pk))
    return found.value if found else None


def version_and_title(cache: StateCache, task: Task) -> tuple[object, object] | None:
    value = kept(cache, task)
    if not isinstance(value, dict):
        return None
    seen = value["task"]
    return value["version"], seen["title"] if isinstance(seen, dict) else seen


def test_the_newest_snapshot_of_each_task_is_kept(cache: MemoryStateCache, user: User) -> None:
    milk, bread = make_task(user, "Milk"), make_task(user, "Bread")
    complete_task(milk.pk, by=user, at=LATER)
    consume(user, "snapshots")
    assert version_and_title(cache, milk) == (2, "Milk")
    assert version_and_title(cache, bread) == (1, "Bread")
    value = kept(cache, milk)
    assert isinstance(value, dict)
    assert isinstance(value["task"], dict)
    assert value["task"]["completed"] is True


def test_a_deleted_task_leaves_its_version_alone(cache: MemoryStateCache, user: User) -> None:
    task = make_task(user)
    consume(user, "snapshots")
    delete_task(task.pk, by=user, at=LATER)
    consume(user, "snapshots")
    assert version_and_title(cache, task) == (2, None)


def test_an_older_snapshot_that_comes_late_changes_nothing(cache: MemoryStateCache, user: User) -> None:
    task = make_task(user)
    events = history(user)
    old = [AppliedRange(f"user:{user.pk}", 0, len(events), tuple(events))]
    complete_task(task.pk, by=user, at=LATER)
    consume(user, "snapshots")
    keep_ranges(old)
    assert version_and_title(cache, task) == (2, "Water plants")


def test_a_replay_fills_a_store_that_was_emptied(cache: MemoryStateCache, user: User) -> None:
    task = make_task(user)
    complete_task(task.pk, by=user, at=LATER)
    consume(user, "snapshots")
    cache.forget(snapshot_key(task.pk))
    list(replay("snapshots"))
    assert version_and_title(cache, task) == (2, "Water plants")


def test_another_writer_in_between_is_seen(cache: MemoryStateCache, user: User) -> None:
    task = make_task(user)
    key = snapshot_key(task.pk)
    strange: list[JsonValue] = ["nonsense", {"version": "7"}, {"version": 0, "task": None}]
    for stored in strange:
        before = cache.get(key)
        assert cache.put(key, stored, ttl_seconds=60, instead_of=before)
        list(replay("snapshots"))
        consume(user, "snapshots")
        assert version_and_title(cache, task) == (1, "Water plants")


def test_a_store_that_is_away_holds_up_nobody(monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    monkeypatch.setattr(snapshots, "state_cache", AwayCache)
    with consumers_are(SNAPSHOTS):
        make_task(user)
        consume(user, "snapshots")
        cursor = Cursor.objects.get(consumer="snapshots")
    assert (cursor.seq > 0, cursor.attempts, cursor.retry_at) == (True, 0, None)
