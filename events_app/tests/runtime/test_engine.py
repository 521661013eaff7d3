"""The loops survive any error of their chores."""

import logging
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping
from threading import Event, Timer
from time import monotonic
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, OperationalError

from events_app.consumers import registration
from events_app.models import Heartbeat, Lease
from events_app.runtime import engine, wake
from events_app.runtime.engine import Chore, Engine
from events_app.runtime.identity import instance_name
from events_app.transports.base import TransportUnavailable
from events_app.transports.embedded import EmbeddedTransport
from events_app.transports.memory import MemoryTransport
from foundation.database import transactions


class Unreadable(Exception):
    """An error whose `__str__` raises."""

    def __str__(self) -> str:
        raise ValueError("no text")


def run_again(chore: Chore, times: int) -> None:
    for _ in range(times):
        chore.run_if_due(float("inf"))


def raiser_of(make: Callable[[], BaseException]) -> Callable[[], object]:
    """Return a function that raises a new error each time: an instance that is raised again keeps its old traceback."""

    def run() -> object:
        raise make()

    return run


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="events_app.runtime.engine")


@pytest.mark.parametrize(
    "make",
    [
        lambda: OperationalError("away"),
        lambda: TransportUnavailable("away"),
        Unreadable,
        lambda: SystemExit(3),
        CancelledError,
    ],
)
def test_two_thousand_failures_in_a_row_end_no_loop(make: Callable[[], BaseException]) -> None:
    chore = Chore("fails", raiser_of(make), every_seconds=0)
    run_again(chore, 2000)
    assert type(make()).__name__ in chore.last_error
    assert 0 < chore._wait_seconds() <= engine._LONGEST_PAUSE_SECONDS


def test_a_chore_that_succeeds_again_is_run_at_once() -> None:
    errors: Iterator[bool] = iter([*[True] * 2000, False])

    def run() -> bool:
        if next(errors):
            raise ValueError("away")
        return True

    chore = Chore("fails", run, every_seconds=0)
    run_again(chore, 2000)
    assert chore.run_if_due(float("inf"))
    assert (chore.last_error, chore._wait_seconds()) == ("", 0)


def test_a_connection_that_cannot_be_closed_ends_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "close_old_connections", raiser_of(lambda: DatabaseError("closed")))
    driver = SimpleNamespace(connection=object())
    monkeypatch.setattr(transactions, "connection", driver)
    chore = Chore("fails", raiser_of(lambda: OperationalError("away")), every_seconds=0)
    run_again(chore, 3)
    assert "away" in chore.last_error
    assert driver.connection is None


def test_the_engine_runs_through_two_thousand_failures_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_LONGEST_PAUSE_SECONDS", 0.0)
    stop, failures = Event(), 0

    def fail() -> object:
        nonlocal failures
        failures += 1
        if failures == 2000:
            stop.set()
        raise OperationalError("away")

    monkeypatch.setattr(engine, "register_when_possible", lambda _is_stopping: None)
    running = Engine(MemoryTransport(), role="relay")
    monkeypatch.setattr(running, "publishing", Chore("fails", fail, every_seconds=0))
    monkeypatch.setattr(running, "reconciling", Chore("reconcile", lambda: False, every_seconds=60))
    monkeypatch.setattr(running, "chores", [])
    monkeypatch.setattr(running, "idle_seconds", 0)
    monkeypatch.setattr(running, "_close", lambda: None)
    running.run(stop)
    assert failures == 2000


def test_a_long_chore_does_not_delay_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, is_long, looks = Event(), Event(), 0

    def take_long() -> None:
        is_long.set()
        stop.wait(20)

    def publish() -> None:
        nonlocal looks
        looks += is_long.is_set()
        if looks == 10:
            stop.set()

    monkeypatch.setattr(engine, "register_when_possible", lambda _is_stopping: None)
    running = Engine(MemoryTransport(), role="relay")
    monkeypatch.setattr(running, "publishing", Chore("relay", publish, every_seconds=0))
    monkeypatch.setattr(running, "reconciling", Chore("reconcile", lambda: False, every_seconds=60))
    monkeypatch.setattr(running, "chores", [Chore("long", take_long, every_seconds=60)])
    monkeypatch.setattr(running, "idle_seconds", 0.001)
    monkeypatch.setattr(running, "_close", lambda: None)
    watchdog = Timer(15, stop.set)
    watchdog.start()
    running.run(stop)
    watchdog.cancel()
    assert looks == 10


def test_consumers_apply_nothing_before_they_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, done = Event(), []
    answers = iter([True, False])

    def register() -> list[str]:
        if next(answers):
            raise OperationalError("away")
        done.append("registered")
        return []

    def publish() -> None:
        done.append("published")
        stop.set()

    monkeypatch.setattr(registration, "register_consumers", register)
    running = Engine(MemoryTransport(), role="relay")
    monkeypatch.setattr(running, "publishing", Chore("relay", publish, every_seconds=0))
    monkeypatch.setattr(running, "reconciling", Chore("reconcile", lambda: False, every_seconds=60))
    monkeypatch.setattr(running, "chores", [])
    monkeypatch.setattr(running, "_close", lambda: None)
    running.run(stop)
    assert done == ["registered", "published"]


def test_a_chore_with_more_to_do_is_run_again_at_once() -> None:
    left = iter([True, True, False])
    chore = Chore("reconcile", lambda: next(left), every_seconds=60, again_at_once=True)
    assert [chore.run_if_due(monotonic()) for _ in range(4)] == [True, True, False, False]


def test_each_consumer_is_woken_by_the_topics_that_it_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Mapping[str, Mapping[str, int]]] = []
    monkeypatch.setattr(engine, "advance_together", given.append)
    transport = EmbeddedTransport()
    monkeypatch.setattr(
        transport, "drain", lambda: {"task-events": {"user:1": 1}, "task-updates": {"user:1": 2}}
    )
    engine.deliver(transport)
    woken = {"recurrence": 1, "audit": 2, "notifications": 1, "realtime": 2}
    assert given == [{name: {"user:1": seq} for name, seq in woken.items()}]
    monkeypatch.setattr(transport, "drain", dict)
    engine.deliver(transport)
    assert len(given) == 1


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What `deliver` does, in order: the consumers that go together, and None for each wait for requests."""
    done: list[object] = []
    monkeypatch.setattr(engine, "wait_for_pause", lambda *_: done.append(None))
    monkeypatch.setattr(engine, "advance_together", lambda hints: done.append(sorted(hints)))
    return done


def with_a_completion() -> EmbeddedTransport:
    transport = EmbeddedTransport()
    transport.drain = lambda: {"task-events": {"user:1": 1}}  # type: ignore[method-assign]
    return transport


def test_who_makes_what_somebody_awaits_goes_before_any_wait(steps: list[object]) -> None:
    engine.deliver(with_a_completion(), is_hurried=True)
    assert steps == [["recurrence"], None, ["audit", "notifications"]]


def test_without_hurry_all_wait_and_go_together(steps: list[object]) -> None:
    engine.deliver(with_a_completion())
    assert steps == [None, ["audit", "notifications", "recurrence"]]


def test_a_failure_of_the_hurried_is_raised_after_the_others(
    steps: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_recurrence(hints: Mapping[str, object]) -> None:
        if "recurrence" in hints:
            raise OperationalError("locked")
        steps.append(sorted(hints))

    monkeypatch.setattr(engine, "advance_together", fail_for_recurrence)
    with pytest.raises(OperationalError, match="locked"):
        engine.deliver(with_a_completion(), is_hurried=True)
    assert steps == [None, ["audit", "notifications"]]


def test_hurry_counts_for_the_next_turn_alone() -> None:
    wake.take_hurry()
    wake.hurry_engine()
    assert (wake.is_hurried(), wake.take_hurry(), wake.is_hurried(), wake.take_hurry()) == (
        True,
        True,
        False,
        False,
    )


@pytest.mark.django_db(transaction=True)
class TestEngine:
    def test_an_engine_ends_although_the_database_is_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        running = Engine(MemoryTransport(), role="relay")
        stop = Event()
        stop.set()
        monkeypatch.setattr(running.relay.lanes, "release", raiser_of(lambda: OperationalError("away")))
        running.step()
        assert Heartbeat.objects.filter(role="relay").exists()
        running.run(stop)
        assert not Heartbeat.objects.filter(role="relay").exists()
        Lease.objects.all().delete()

    def test_an_error_with_half_a_character_is_reported(self) -> None:
        broken = Engine(MemoryTransport(), role="relay")
        broken.publishing.last_error = ""
        broken.publishing._run = raiser_of(lambda: ValueError("half \ud800 and none \0"))
        broken.step()
        broken._beat()
        beat = Heartbeat.objects.get(role="relay", instance=instance_name())
        assert "half ? and none" in beat.detail["errors"]["relay"]
        broken.relay.close()
