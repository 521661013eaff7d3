"""The inbox takes wake-ups at once and applies them in a thread of its own; what fails stays in it."""

from collections.abc import Collection, Iterator, Mapping
from threading import Barrier, Event, Semaphore, Thread
from threading import enumerate as enumerate_threads
from time import monotonic

import pytest
from django.db import OperationalError

from devstack.waiting import wait_until
from events_app.tests.transports.harness import Recorder
from events_app.transports import inbox as inboxes
from events_app.transports.inbox import Inbox
from events_app.transports.wakeups import Wakeup


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def box(recorder: Recorder) -> Iterator[Inbox]:
    opened = Inbox(["one", "two"], recorder.advance_together, max_waiting=3)
    yield opened
    assert opened.close(10)


def test_each_stream_is_applied_up_to_its_highest_number_and_once(box: Inbox, recorder: Recorder) -> None:
    assert box.put([Wakeup("user:1", 2), Wakeup("user:1", 5), Wakeup("user:1", 3)])
    assert wait_until(lambda: recorder.reached("user:1") == 5, seconds=10)
    assert box.put([Wakeup("user:1", 4)])
    assert box.close(10)
    assert [hints for name, hints in recorder.calls if name == "one"] == [{"user:1": 5}]
    assert (box.waiting, box.oldest_seconds) == (0, 0.0)


def test_a_delivery_without_any_wakeup_starts_no_thread() -> None:
    before = [thread for thread in enumerate_threads() if thread.name == "inbox"]
    assert Inbox(["one"], Recorder().advance_together).put([])
    assert [thread for thread in enumerate_threads() if thread.name == "inbox"] == before


def test_what_comes_while_others_are_applied_waits_and_beyond_the_bound_is_refused(
    recorder: Recorder,
) -> None:
    begun, goes_on = Event(), Event()

    def wait(hints: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        begun.set()
        assert goes_on.wait(20)
        return recorder.advance_together(hints)

    box = Inbox(["one"], wait, max_waiting=3)
    assert box.put([Wakeup("user:1", 1)])
    assert begun.wait(10)
    assert box.put([Wakeup("user:2", 1), Wakeup("user:3", 1)])
    assert not box.put([Wakeup("user:4", 1)])
    assert box.waiting == 3
    assert box.oldest_seconds > 0
    goes_on.set()
    assert box.close(10)
    assert {key for _, hints in recorder.calls for key in hints} == {"user:1", "user:2", "user:3"}


def test_a_failure_keeps_the_wakeups_and_what_came_meanwhile(box: Inbox, recorder: Recorder) -> None:
    recorder.failures = [OperationalError("gone")]
    assert box.put([Wakeup("user:1", 2)])
    assert wait_until(lambda: not recorder.failures, seconds=10)
    assert box.put([Wakeup("user:1", 1), Wakeup("user:2", 9)])
    assert wait_until(lambda: recorder.reached("user:1") == 2 and recorder.reached("user:2") == 9, seconds=10)


def test_an_inbox_that_is_closed_takes_nothing_and_leaves_what_fails(recorder: Recorder) -> None:
    box = Inbox(["one"], recorder.advance_together)
    recorder.failures = [OperationalError("gone")] * 1000
    assert box.put([Wakeup("user:1", 1)])
    assert wait_until(lambda: len(recorder.failures) < 1000, seconds=10)
    assert not box.close(10), "what is left to reconcile is said"
    assert box.waiting == 1
    assert not box.put([Wakeup("user:1", 2)])
    assert recorder.calls == []


def test_the_age_is_that_of_the_oldest_that_is_here(recorder: Recorder) -> None:
    turns = Semaphore(0)

    def apply_in_turn(hints: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        assert turns.acquire(timeout=20)
        return recorder.advance_together(hints)

    box = Inbox(["one"], apply_in_turn)
    assert box.put([Wakeup("user:1", 1)])
    assert wait_until(lambda: box.oldest_seconds > 0.2, seconds=10)
    second_came = monotonic()
    assert box.put([Wakeup("user:1", 2)])
    turns.release()
    assert wait_until(lambda: recorder.reached("user:1") == 1 and box.waiting == 1, seconds=10)
    assert 0 < box.oldest_seconds <= monotonic() - second_came
    turns.release()
    assert box.close(10)


def test_one_process_has_one_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    start = Barrier(8)

    def choose() -> Collection[str]:
        wait_until(lambda: start.n_waiting == 0, seconds=10)
        return ("one",)

    def ask(found: list[Inbox]) -> None:
        start.wait(10)
        found.append(inboxes.inbox())

    monkeypatch.setattr(inboxes, "_inbox", None)
    monkeypatch.setattr(inboxes, "hosted_consumers", choose)
    found: list[Inbox] = []
    asking = [Thread(target=ask, args=[found]) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(20)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_one_that_never_got_anything_closes_at_once(recorder: Recorder) -> None:
    assert Inbox(["one"], recorder.advance_together).close(0)
