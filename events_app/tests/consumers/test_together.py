"""Consumers that a process hosts share transactions; what one of them does wrong is that one's alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from events_app.consumers.kernel import advance, advance_together, batch, together
from events_app.consumers.kernel.batch import MAX_EVENTS, BatchResult, run_batch
from events_app.consumers.kernel.cursors import CursorState, move_cursors
from events_app.contracts import NotificationCreated, RecordedEvent
from events_app.contracts.registry import UPCASTERS
from events_app.log.read import SeqRange, read_ranges
from events_app.models import Consumer, Cursor, DeadLetter, Event
from events_app.tests import recorders
from events_app.tests.recorders import MANY, ONE, SKIPPING, consumers_are, write_events, write_notifications
from foundation.context import provenance

pytestmark = pytest.mark.django_db

NAMES = ("one", "many", "skipping", "writer")
WRITER = replace(MANY, name="writer", writes_tasks=True, after_commit=None)


@pytest.fixture(autouse=True)
def _consumers() -> Iterator[None]:
    with consumers_are(ONE, MANY, SKIPPING, WRITER):
        yield


def wake(**hints: int) -> None:
    """Give all consumers the same hints; `user_1=2` is for the stream of user 1."""
    advance_together({name: {key.replace("_", ":"): seq for key, seq in hints.items()} for name in NAMES})


def positions() -> dict[str, list[int]]:
    """Where each consumer is, by stream."""
    rows = Cursor.objects.order_by("stream_id").values_list("consumer", "seq")
    return {name: [seq for consumer, seq in rows if consumer == name] for name in NAMES}


def count_seen(user_id: int) -> dict[int, int]:
    """How many handlers got each event of a user."""
    numbers = [seq for key, seq in recorders.seen if key == f"user:{user_id}"]
    return {seq: numbers.count(seq) for seq in sorted(set(numbers))}


def test_each_consumer_gets_each_event_once_whatever_is_repeated_late_or_forged() -> None:
    write_events(1, 3)
    write_events(2, 2)
    for _ in range(2):
        wake(user_1=3, user_2=99, user_77=5)
        wake(user_1=1)
    assert positions() == {key: [3, 2] for key in NAMES}
    assert (count_seen(1), count_seen(2)) == ({1: 4, 2: 4, 3: 4}, {1: 4, 2: 4})
    assert [(part.from_, part.to) for part in recorders.ranges] == [(0, 3), (0, 2)]


def test_consumers_that_are_not_equally_far_each_get_what_they_lack() -> None:
    write_events(1, 2)
    advance_together({"one": {"user:1": 2}, "many": {"user:1": 2}})
    write_events(1, 2)
    advance_together({"one": {"user:1": 4}})
    recorders.seen.clear()
    wake(user_1=4)
    assert positions() == {key: [4] for key in NAMES}
    assert count_seen(1) == {1: 2, 2: 2, 3: 3, 4: 3}


def test_who_is_far_behind_makes_nobody_read_what_lies_between(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def count_events(
        ranges: Sequence[SeqRange], *, types: Collection[str] | None
    ) -> dict[int, list[RecordedEvent]]:
        found = read_ranges(ranges, types=types)
        read.append(sum(map(len, found.values())))
        return found

    write_events(1, 3 * MAX_EVENTS)
    advance("many", {"user:1": 3 * MAX_EVENTS})
    write_events(1, 2)
    monkeypatch.setattr(batch, "read_ranges", count_events)
    advance_together({name: {"user:1": 3 * MAX_EVENTS + 2} for name in ("one", "many")})
    assert read[0] == MAX_EVENTS + 2
    assert set(count_seen(1).values()) <= {1, 2}


def test_more_events_than_one_transaction_holds_are_applied_in_order() -> None:
    for user_id in (1, 2, 3):
        write_events(user_id, 400)
    wake(user_1=400, user_2=400, user_3=400)
    assert positions() == {key: [400, 400, 400] for key in NAMES}
    assert count_seen(2) == dict.fromkeys(range(1, 401), 4)


def test_one_that_is_far_behind_gets_five_hundred_events_a_round_and_delays_no_other() -> None:
    others, rounds = ("many", "skipping", "writer"), []
    write_events(1, 1100)
    for name in others:
        advance(name, {"user:1": 1100})
    write_events(1, 1)
    write_events(2, 1)
    recorders.seen.clear()
    for _ in range(3):
        wake(user_1=1101, user_2=1)
        rounds.append((positions(), len(recorders.seen)))
    assert [[at[name] for name in others] for at, _ in rounds] == [[[1101, 1]] * 3] * 3
    assert [at["one"] for at, _ in rounds] == [[500, 1], [1000, 1], [1101, 1]]
    assert rounds[0][1] == 500 + 3 + 4, "the first round is no longer for it"
    assert set(count_seen(1).values()) == {1, 4}


def test_only_what_all_have_reached_counts_as_reached() -> None:
    write_events(1, 700)
    hints = {name: {"user:1": 600, "user:77": 1} for name in NAMES}
    assert advance_together(hints) == {"user:1": 500}
    assert advance_together(hints) == {"user:1": 600}
    Consumer.objects.filter(name="one").update(state="paused")
    write_events(1, 900)
    Cursor.objects.exclude(consumer="one").update(seq=1600)
    assert advance_together({name: {"user:1": 1600} for name in NAMES}) == {"user:1": 1600}


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_what_fails_waits_in_the_consumer_that_failed_and_the_others_go_on(
    seq: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_events(1, 5)
    write_events(2, 1)
    recorders.poison.add(seq)
    failing = iter([True])

    def fail_only_together(number: int) -> None:
        if next(failing, False):
            raise recorders.Poison(f"cannot take {number}")

    monkeypatch.setattr(recorders, "act_at_poison", fail_only_together)
    wake(user_1=5, user_2=1)
    assert positions() == {key: [5, 1] for key in NAMES}
    assert not Cursor.objects.exclude(attempts=0).exists()


def test_a_stream_that_fails_for_one_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(1, 2)
    wake(user_1=2)
    recorders.poison.add(4)
    write_events(1, 3)
    write_events(2, 2)
    wake(user_1=5, user_2=2)
    at = positions()
    assert at["skipping"] == at["one"] == at["many"] == at["writer"] == [3, 2]
    assert set(Cursor.objects.filter(stream__key="user:1").values_list("attempts", flat=True)) == {1}
    recorders.poison.clear()
    Cursor.objects.filter(consumer="one").update(retry_at=None)
    recorders.seen.clear()
    wake(user_1=5, user_2=2)  # the others still wait
    assert positions()["one"] == [5, 2]
    assert count_seen(1) == {4: 1, 5: 1}
    assert not DeadLetter.objects.exists()


def test_a_paused_consumer_does_not_move() -> None:
    Consumer.objects.filter(name="many").update(state="paused")
    write_events(1, 2)
    wake(user_1=2)
    assert positions() == {"one": [2], "many": [], "skipping": [2], "writer": [2]}


def test_an_event_of_a_newer_release_stops_each_consumer_before_it() -> None:
    write_events(1, 3)
    Event.objects.filter(seq=2).update(v=99)
    wake(user_1=3)
    assert positions() == {key: [1] for key in NAMES}
    assert Cursor.objects.exclude(retry_at=None).count() == len(NAMES)


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The consumers of each shared transaction."""
    noted: list[set[str]] = []

    def note_group(states: Sequence[CursorState]) -> BatchResult:
        noted.append({state.consumer for state in states})
        return run_batch(states)

    monkeypatch.setattr(together, "run_batch", note_group)
    return noted


def test_one_that_will_write_tasks_has_a_transaction_for_each_stream_and_comes_first(
    groups: list[set[str]],
) -> None:
    write_events(1, 1)
    write_events(2, 1)
    wake(user_1=1, user_2=1)
    assert groups == [{"one", "many", "skipping"}]
    assert [key for key, _ in recorders.seen[:2]] == ["user:1", "user:2"]
    assert positions() == {key: [1, 1] for key in NAMES}


def test_an_error_of_the_database_is_raised_after_each_consumer_had_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_events(1, 1)
    tried: list[str] = []

    def refuse(*_: object) -> None:
        raise OperationalError("lock timeout")

    def refuse_many(name: str, _hints: object) -> None:
        tried.append(name)
        if name == "many":
            raise OperationalError("lock timeout")

    monkeypatch.setattr(together, "run_batch", refuse)
    monkeypatch.setattr(together, "advance", refuse_many)
    with pytest.raises(OperationalError):
        wake(user_1=1)
    assert sorted(tried) == sorted(NAMES)


def test_one_that_always_fails_costs_the_others_one_round_and_then_none(
    groups: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_one(number: int) -> None:
        if provenance().actor.id == "one":
            raise recorders.Poison(f"cannot take {number}")

    monkeypatch.setattr(recorders, "act_at_poison", fail_for_one)
    recorders.poison.add(3)
    write_events(1, 3)
    wake(user_1=3)
    assert positions() == {"one": [2], "many": [3], "skipping": [3], "writer": [3]}
    recorders.seen.clear()
    for seq in (4, 5):
        write_events(1, 1)
        write_events(2, 1)
        wake(user_1=seq, user_2=seq - 3)
    assert positions() == {"one": [2, 2], "many": [5, 2], "skipping": [5, 2], "writer": [5, 2]}
    assert groups == [{"one", "many", "skipping"}] * 3
    assert (count_seen(1), count_seen(2)) == ({4: 3, 5: 3}, {1: 4, 2: 4}), "nothing was begun twice"


def test_the_log_is_read_once_and_cursors_move_in_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    moves: list[Mapping[int, int]] = []

    def note_moves(positions: Mapping[int, int]) -> None:
        moves.append(positions)
        move_cursors(positions)

    monkeypatch.setattr(batch, "move_cursors", note_moves)
    write_events(1, 2)
    with CaptureQueriesContext(connection) as queries:
        advance_together({name: {"user:1": 2} for name in ("one", "many", "skipping")})
    assert sum("FROM r JOIN events_app_event" in query["sql"] for query in queries) == 1
    assert [sorted(positions.values()) for positions in moves] == [[2, 2, 2]]


@pytest.mark.parametrize(("path", "is_apart"), [("reminder_id", False), ("task_id", True)])
def test_one_that_writes_only_where_events_have_a_value_joins_the_others_elsewhere(
    groups: list[set[str]], path: str, *, is_apart: bool
) -> None:
    write_notifications(1, 1)  # about a task, but of no reminder
    Consumer.objects.all().delete()
    with consumers_are(ONE, MANY, replace(WRITER, writes_where=("notification", path))):
        advance_together({name: {"user:1": 1} for name in ("one", "many", "writer")})
    assert groups == [{"one", "many"} if is_apart else {"one", "many", "writer"}]


@pytest.mark.parametrize(("version", "is_apart"), [(1, True), (2, False)])
def test_what_another_version_of_an_event_says_is_not_looked_for_in_its_present_place(
    groups: list[set[str]], monkeypatch: pytest.MonkeyPatch, version: int, *, is_apart: bool
) -> None:
    write_notifications(1, 1)
    Event.objects.update(v=version)
    monkeypatch.setattr(NotificationCreated, "V", 2)
    monkeypatch.setitem(UPCASTERS, ("notification.created", 1), lambda data: data)
    Consumer.objects.all().delete()
    with consumers_are(ONE, MANY, replace(WRITER, writes_where=("notification", "reminder_id"))):
        advance_together({name: {"user:1": 1} for name in ("one", "many", "writer")})
    assert groups == [{"one", "many"} if is_apart else {"one", "many", "writer"}]
