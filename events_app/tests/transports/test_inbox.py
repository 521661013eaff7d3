"""The inbox takes wake-ups at once and applies them in a thread of its own; what fails stays in it."""

from collections.abc import Iterator, Mapping
from threading import Event
from threading import enumerate as enumerate_threads

import pytest
from django.db import OperationalError

from devstack.waiting import wait_until
from events_app.tests.transports.harness import Recorder
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
    assert box.close(10)
    assert not box.put([Wakeup("user:1", 2)])
    assert recorder.calls == []


def test_one_that_never_got_anything_closes_at_once(recorder: Recorder) -> None:
    assert Inbox(["one"], recorder.advance_together).close(0)
