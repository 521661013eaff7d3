"""Reconcile finds streams that no message woke, at a cost that follows the number of unsettled streams."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from events_app.consumers import reconcile as reconciling
from events_app.consumers import registration
from events_app.consumers.kernel import advance
from events_app.consumers.kernel.advancing import AdvanceResult
from events_app.consumers.kernel.cursors import move_cursors
from events_app.consumers.reconcile import Reconciler, reconcile
from events_app.log import streams
from events_app.log.streams import WALKED, mark_settled
from events_app.models import Consumer, Cursor, Stream
from events_app.operating.invariants import InvariantFinding, find_all
from events_app.tests import recorders
from events_app.tests.recorders import MANY, ONE, consumers_are, write_events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _consumers() -> Iterator[None]:
    with consumers_are(ONE, MANY):
        yield


def find_all_of(check: str) -> list[InvariantFinding]:
    return [finding for finding in find_all() if finding.check == check]


def test_streams_that_no_message_woke_are_advanced_and_settled() -> None:
    for user_id in (1, 2):
        write_events(user_id, 2)
    done = reconcile(quiet_seconds=0)
    assert (done.looked_at, done.settled) == (2, 2)
    assert set(Cursor.objects.values_list("consumer", "seq")) == {("one", 2), ("many", 2)}
    assert set(Stream.objects.values_list("settled", flat=True)) == {2}


def test_a_stream_that_just_moved_is_left_to_its_messages() -> None:
    write_events(1, 1)
    assert reconcile(quiet_seconds=60).looked_at == 0


def test_a_waiting_failure_does_not_keep_a_stream_unsettled() -> None:
    write_events(1, 1)
    recorders.poison.add(1)
    assert reconcile(quiet_seconds=0).settled == 1
    recorders.poison.clear()
    Cursor.objects.update(retry_at="2020-01-01T00:00:00Z")
    assert reconcile(quiet_seconds=0).retried == 2
    assert set(Cursor.objects.values_list("seq", flat=True)) == {1}


@pytest.mark.parametrize("is_skipped", [False, True])
def test_what_follows_a_failure_is_found_when_the_process_ends_after_it_in_a_settled_stream(
    is_skipped: bool,
) -> None:
    write_events(1, 4)
    recorders.poison.add(2)
    assert reconcile(quiet_seconds=0).settled == 1
    if is_skipped:
        cursors = Cursor.objects.filter(consumer="one", seq=1)
        move_cursors({cursor.pk: 2 for cursor in cursors})
    else:
        recorders.poison.clear()
        Cursor.objects.update(retry_at="2020-01-01T00:00:00Z")
        advance("one", {"user:1": 4}, is_over=lambda: True)
    cursor = Cursor.objects.get(consumer="one")
    assert (cursor.seq, cursor.attempts, Stream.objects.get().settled) == (2, 0, 4)
    reconcile(quiet_seconds=0)
    cursor.refresh_from_db()
    assert (cursor.seq, cursor.retry_at) == (4, None)
    assert find_all_of("stuck") == []


def test_a_paused_consumer_neither_runs_nor_keeps_streams_unsettled_and_resumes_with_what_it_missed() -> None:
    write_events(1, 1)
    registration.pause(["one"])
    assert reconcile(quiet_seconds=0).settled == 1
    assert not Cursor.objects.filter(consumer="one").exists()
    registration.resume(["one"])
    reconcile(quiet_seconds=0)
    reconcile(quiet_seconds=0)
    assert Cursor.objects.get(consumer="one").seq == 1
    assert Consumer.objects.get(name="one").state == "live"


def test_a_quiet_pass_reads_no_table_row_by_row() -> None:
    Stream.objects.bulk_create(Stream(key=f"user:{n}", head=1, published=1, settled=1) for n in range(50))
    with CaptureQueriesContext(connection) as queries:
        reconcile(quiet_seconds=0)
    assert len(queries) <= 4


def test_a_new_consumer_that_starts_now_gets_the_heads_and_one_from_the_beginning_walks() -> None:
    write_events(1, 2)
    Consumer.objects.all().delete()
    assert sorted(registration.register_consumers()) == ["many", "one"]
    assert registration.register_consumers() == []
    reconcile(quiet_seconds=60)
    reconcile(quiet_seconds=60)
    assert set(Consumer.objects.values_list("state", flat=True)) == {"live"}
    assert set(Cursor.objects.values_list("seq", flat=True)) == {2}


def test_a_new_consumer_that_starts_now_skips_history() -> None:
    write_events(1, 2)
    with consumers_are(replace(ONE, name="fresh", start="now")):
        Consumer.objects.all().delete()
        registration.register_consumers()
        write_events(1, 1)
        reconcile(quiet_seconds=0)
        assert recorders.seen == [("user:1", 3)]


def test_due_failures_of_paused_and_unknown_consumers_do_not_prevent_other_retries() -> None:
    write_events(1, 1)
    recorders.poison.add(1)
    reconcile(quiet_seconds=0)
    recorders.poison.clear()
    stream = Stream.objects.get()
    due = "2020-01-01T00:00:00Z"
    Cursor.objects.update(retry_at=due)
    Cursor.objects.create(consumer="gone", stream=stream, retry_at=due)
    registration.pause(["one"])
    assert reconcile(quiet_seconds=0).retried == 1
    assert dict(Cursor.objects.values_list("consumer", "seq")) == {"one": 0, "many": 1, "gone": 0}


def test_a_stream_that_settles_while_a_consumer_catches_up_is_still_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registration, "STREAMS_PER_LOOK", 1)
    for user_id in (1, 2):
        write_events(user_id, 1)
    Consumer.objects.filter(name="one").update(state="catching_up")
    reconcile(quiet_seconds=0)  # has walked the first stream
    write_events(1, 1)
    for _ in range(5):
        reconcile(quiet_seconds=0)
    assert Consumer.objects.get(name="one").state == "live"
    assert set(Cursor.objects.filter(consumer="one").values_list("seq", flat=True)) == {1, 2}
    assert set(Stream.objects.values_list("head", "settled")) == {(1, 1), (2, 2)}


def test_streams_settle_only_after_a_consumer_that_has_walked_all_streams() -> None:
    write_events(1, 1)
    Consumer.objects.filter(name="one").update(state="catching_up", walked_to=WALKED)
    [stream] = Stream.objects.all()
    Cursor.objects.create(consumer="many", stream=stream, seq=1)
    assert mark_settled([(stream.pk, 1)], consumers=["one", "many"]) == 0
    reconcile(quiet_seconds=60)
    assert mark_settled([(stream.pk, 1)], consumers=["one", "many"]) == 1


def test_a_walk_that_a_pause_interrupted_does_not_continue_after_resuming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_events(1, 1)
    Consumer.objects.filter(name="one").update(state="catching_up")

    def pause_and_resume(*_: object, **__: object) -> AdvanceResult:
        registration.pause(["one"])
        registration.resume(["one"])
        return AdvanceResult()

    with monkeypatch.context() as patch:
        patch.setattr(registration, "advance", pause_and_resume)
        registration.catch_up()
    assert Consumer.objects.get(name="one").walked_to < 0


def test_an_older_release_settles_nothing_that_a_newcomer_has_not_applied_but_ignores_what_was_removed() -> (
    None
):
    write_events(1, 1)
    newcomer = Consumer.objects.create(name="of the next release", state="live")
    assert reconcile(quiet_seconds=0).settled == 0
    Consumer.objects.filter(pk=newcomer.pk).update(registered_at="2020-01-01T00:00:00Z")
    assert reconcile(quiet_seconds=0).settled == 1


def test_a_pass_ends_after_a_look_that_was_not_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a steady load, each further read would find the few streams that have become quiet since."""
    for user_id in range(1, 4):
        write_events(user_id, 1)
    looks, writers = [], iter(range(4, 50))

    def look(**given: Any) -> list[tuple[int, str, int]]:
        looks.append(given["after_id"])
        found = streams.unsettled_streams(**given)
        write_events(next(writers), 1)  # becomes quiet behind what was found
        return found

    monkeypatch.setattr(reconciling, "unsettled_streams", look)
    done = Reconciler().run(quiet_seconds=0, budget_seconds=60)
    assert (looks, done.looked_at, done.is_complete) == ([0], 3, True)


def test_a_pass_goes_on_after_full_looks_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAMS_PER_LOOK", 2)
    monkeypatch.setattr(reconciling, "STREAMS_PER_LOOK", 2)
    for user_id in range(1, 6):
        write_events(user_id, 1)
    assert reconcile(quiet_seconds=0).settled == 5


def test_the_consumer_that_comes_first_changes_from_pass_to_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(1, 1)
    order: list[str] = []

    def note(consumer: str, *_: object, **__: object) -> AdvanceResult:
        order.append(consumer)
        return AdvanceResult()

    monkeypatch.setattr(reconciling, "advance", note)
    reconciler = Reconciler()
    for _ in range(2):
        reconciler.run(quiet_seconds=0)
    assert order[0] != order[2]


def test_a_database_error_of_one_cursor_does_not_prevent_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user_id in (1, 2):
        write_events(user_id, 1)
    recorders.poison.add(1)
    reconcile(quiet_seconds=0)
    recorders.poison.clear()
    Cursor.objects.update(retry_at="2020-01-01T00:00:00Z")
    write_events(3, 1)

    def refuse_first(consumer: str, hints: Mapping[str, int], **given: Any) -> AdvanceResult:
        if consumer == "one" and set(hints) & {"user:1", "user:3"}:
            raise OperationalError("lock timeout")
        return advance(consumer, hints, **given)

    monkeypatch.setattr(reconciling, "advance", refuse_first)
    with pytest.raises(OperationalError):
        reconcile(quiet_seconds=0)
    reached = Cursor.objects.filter(seq=1).values_list("consumer", "stream__key")
    assert set(reached) == {("one", "user:2"), ("many", "user:1"), ("many", "user:2"), ("many", "user:3")}


def test_a_pass_with_a_budget_ends_in_time_and_the_next_continues_from_there() -> None:
    for user_id in range(1, 4):
        write_events(user_id, 600)
    reconciler = Reconciler()
    reconciler.run(quiet_seconds=0, budget_seconds=0)
    assert [*Cursor.objects.filter(seq__gt=0).values_list("seq", flat=True)] == [500], "one transaction"
    passes = 1
    while Stream.objects.filter(settled__lt=600).exists():
        reconciler.run(quiet_seconds=0, budget_seconds=0)
        passes += 1
        assert passes < 50
    assert passes > 5
    assert recorders.seen.count(("user:1", 1)) == 2  # once for each consumer


def test_a_machine_on_which_the_time_is_always_over_still_gets_on() -> None:
    for user_id in range(1, 4):
        write_events(user_id, 600)
    Consumer.objects.filter(name="one").update(state=Consumer.State.CATCHING_UP)
    reconciler = Reconciler()
    for _ in range(30):
        reconciler.run(quiet_seconds=0, budget_seconds=0)
    assert Consumer.objects.get(name="one").state == Consumer.State.LIVE
    assert {*Cursor.objects.values_list("seq", flat=True)} == {600}
    assert not Stream.objects.filter(settled__lt=600).exists()
