"""Requests of a process go before its engine, but not for ever."""

import threading
from collections.abc import Callable
from time import monotonic

from devstack.waiting import wait_until
from events_app.runtime import courtesy
from events_app.runtime.courtesy import answering, wait_for_pause

PATIENCE = 60.0


class Waiter:
    """A thread that waits for a pause, as the engine does."""

    def __init__(self, longest_seconds: float, *, unless: Callable[[], bool] = bool) -> None:
        self.has_gone_on = threading.Event()
        self._longest_seconds = longest_seconds
        self._unless = unless
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        wait_for_pause(self._longest_seconds, unless=self._unless)
        self.has_gone_on.set()


def test_without_requests_nobody_waits() -> None:
    assert wait_until(lambda: monotonic() > courtesy._ended_at + courtesy.GAP_SECONDS, seconds=PATIENCE)
    assert Waiter(longest_seconds=PATIENCE).has_gone_on.wait(PATIENCE / 2)


def test_a_request_is_waited_for_until_it_is_answered() -> None:
    with answering():
        waiter = Waiter(longest_seconds=PATIENCE * 10)
        assert not waiter.has_gone_on.wait(0.05)
    assert waiter.has_gone_on.wait(PATIENCE)


def test_of_several_requests_the_last_counts() -> None:
    with answering():
        waiter = Waiter(longest_seconds=PATIENCE * 10)
        with answering():
            pass
        assert not waiter.has_gone_on.wait(0.05)
    assert waiter.has_gone_on.wait(PATIENCE)


def test_the_wait_has_an_end() -> None:
    with answering():
        assert Waiter(longest_seconds=0.05).has_gone_on.wait(PATIENCE)


def test_a_request_that_fails_counts_no_more() -> None:
    try:
        with answering():
            raise ValueError("on purpose")
    except ValueError:
        pass
    assert Waiter(longest_seconds=PATIENCE * 10).has_gone_on.wait(PATIENCE)


def test_what_somebody_awaits_waits_for_no_request() -> None:
    with answering():
        assert Waiter(longest_seconds=PATIENCE * 10, unless=lambda: True).has_gone_on.wait(PATIENCE)


def test_a_wait_ends_with_the_request_that_hurries_though_another_one_goes_on() -> None:
    hurried = threading.Event()
    with answering():
        with answering():
            waiter = Waiter(longest_seconds=PATIENCE * 10, unless=hurried.is_set)
            assert not waiter.has_gone_on.wait(0.05)
            hurried.set()
        assert waiter.has_gone_on.wait(PATIENCE)
