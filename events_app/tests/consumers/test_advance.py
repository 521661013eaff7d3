"""The kernel applies each event once per consumer, in order, whatever messages arrive."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from events_app.consumers.kernel import advance, replay
from events_app.models import Consumer, Cursor, DeadLetter, Event
from events_app.tests import recorders
from events_app.tests.recorders import MANY, ONE, SKIPPING, consumers_are, write_events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _consumers() -> Iterator[None]:
    with consumers_are(ONE, MANY, SKIPPING):
        yield


def seen_of(user_id: int) -> list[int]:
    return [seq for key, seq in recorders.seen if key == f"user:{user_id}"]


def let_retries_come() -> None:
    Cursor.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("name", ["one", "many"])
def test_a_message_brings_the_consumer_to_the_head(name: str) -> None:
    write_events(1, 3)
    done = advance(name, {"user:1": 1})
    assert seen_of(1) == [1, 2, 3]
    assert done.events == 3
    assert Cursor.objects.get(consumer=name).seq == 3


@pytest.mark.parametrize("name", ["one", "many"])
def test_repeated_overtaken_and_forged_messages_change_nothing(name: str) -> None:
    write_events(1, 2)
    for hint in (2, 2, 1, 99):
        advance(name, {"user:1": hint})
    assert advance(name, {"user:77": 5, "nonsense": 1}).unknown == 2
    assert seen_of(1) == [1, 2]


def test_more_events_than_one_transaction_holds_are_all_applied_in_order() -> None:
    for user_id in (1, 2, 3):
        write_events(user_id, 400)
    advance("many", {f"user:{user_id}": 400 for user_id in (1, 2, 3)})
    for user_id in (1, 2, 3):
        assert seen_of(user_id) == list(range(1, 401))


@pytest.mark.parametrize("name", ["one", "many"])
def test_events_before_a_failing_event_stay_applied_and_it_waits(name: str) -> None:
    write_events(1, 5)
    write_events(2, 2)
    recorders.poison.add(4)
    done = advance(name, {"user:1": 5, "user:2": 2})
    cursor = Cursor.objects.get(consumer=name, stream__key="user:1")
    assert (cursor.seq, cursor.attempts) == (3, 1)
    assert cursor.retry_at is not None
    assert "cannot take 4" in cursor.last_error
    assert Cursor.objects.get(consumer=name, stream__key="user:2").seq == 2
    assert done.failures == 1


def test_messages_burn_no_attempts_of_a_waiting_cursor() -> None:
    write_events(1, 1)
    recorders.poison.add(1)
    for _ in range(5):
        advance("one", {"user:1": 1})
    assert Cursor.objects.get(consumer="one").attempts == 1


def test_a_blocked_consumer_is_retried_and_continues_once_the_handler_succeeds() -> None:
    write_events(1, 2)
    recorders.poison.add(1)
    for _ in range(3):
        let_retries_come()
        advance("one", {"user:1": 2})
    cursor = Cursor.objects.get(consumer="one")
    assert (cursor.seq, cursor.attempts) == (0, 3)
    assert cursor.blocked_at is not None
    recorders.poison.clear()
    let_retries_come()
    advance("one", {"user:1": 2})
    cursor = Cursor.objects.get(consumer="one")
    assert (cursor.seq, cursor.attempts, cursor.blocked_at, cursor.last_error) == (2, 0, None, "")


def test_a_consumer_that_skips_passes_only_the_failing_event() -> None:
    write_events(1, 3)
    recorders.poison.add(2)
    for _ in range(3):
        let_retries_come()
        advance("skipping", {"user:1": 3})
    assert [seq for _, seq in recorders.seen if seq != 1] == [3]
    assert Cursor.objects.get(consumer="skipping").seq == 3
    letter = DeadLetter.objects.get()
    assert (letter.seq, letter.attempts, letter.resolved_at) == (2, 3, None)


def test_an_event_of_a_newer_release_waits_without_an_attempt() -> None:
    write_events(1, 3)
    Event.objects.filter(seq=2).update(v=99)
    advance("one", {"user:1": 3})
    cursor = Cursor.objects.get(consumer="one")
    assert (cursor.seq, cursor.attempts) == (1, 0)
    assert cursor.retry_at is not None
    Event.objects.filter(seq=2).update(v=1)
    let_retries_come()
    advance("one", {"user:1": 3})
    assert seen_of(1) == [1, 2, 3]


def test_a_paused_consumer_is_left_alone() -> None:
    write_events(1, 1)
    Consumer.objects.filter(name="one").update(state="paused")
    assert advance("one", {"user:1": 1}).events == 0


def test_after_commit_is_told_each_range_once() -> None:
    write_events(1, 2)
    advance("many", {"user:1": 2})
    write_events(1, 1)
    advance("many", {"user:1": 3})
    applied = [(r.from_, r.to, [event.seq for event in r.events]) for r in recorders.ranges]
    assert applied == [(0, 2, [1, 2]), (2, 3, [3])]


def test_replay_applies_events_again_and_does_not_move_the_cursor() -> None:
    write_events(1, 4)
    advance("one", {"user:1": 3})
    recorders.seen.clear()
    assert dict(replay("one", user_id=1, first=2, last=3)) == {"user:1": 2}
    assert seen_of(1) == [2, 3]
    assert Cursor.objects.get(consumer="one").seq == 4
