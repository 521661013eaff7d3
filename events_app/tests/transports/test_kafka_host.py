"""Loops in one process: when one ends, all end; a signal ends all."""

from dataclasses import dataclass, field
from threading import Event, current_thread, main_thread

import pytest

from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.runtime import heartbeats
from events_app.tests.transports.harness import Recorder
from events_app.transports.kafka_host import KafkaHost
from events_app.transports.kafka_subscriber import KafkaSubscriber
from events_app.transports.options import KafkaOptions

NOWHERE = KafkaOptions(bootstrap_servers=(f"{LOOPBACK}:{pick(1)[0]}",))


@dataclass
class Loop(KafkaSubscriber):
    """A subscriber that only waits, or raises."""

    breaks: bool = False
    in_main_thread: list[bool] = field(default_factory=list)

    def run(self) -> None:
        self.in_main_thread.append(current_thread() is main_thread())
        if self.breaks:
            raise RuntimeError("a mistake in the loop")
        assert self.stop.wait(20)


@pytest.fixture(autouse=True)
def beats(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(heartbeats, "beat", lambda role, detail: calls.append(f"{role} {detail['state']}"))
    monkeypatch.setattr(heartbeats, "retire", lambda role: calls.append(f"{role} left"))
    return calls


def loop(name: str, stop: Event, *, breaks: bool = False) -> Loop:
    return Loop(name, ["task-events"], NOWHERE, Recorder().advance, stop, breaks=breaks)


def test_a_signal_ends_every_loop_in_good_order(beats: list[str]) -> None:
    stop = Event()
    first, second = loop("one", stop), loop("two", stop)

    ended_well = KafkaHost([first, second], stop=stop).run(lambda: "consumer:two no broker" in beats)

    assert ended_well
    assert beats == [
        "consumer:one no broker",
        "consumer:two no broker",
        "consumer:one left",
        "consumer:two left",
    ]
    assert first.in_main_thread == [True]  # where a timer signal interrupts handlers
    assert second.in_main_thread == [False]


@pytest.mark.parametrize("broken", [0, 1])
def test_a_loop_that_breaks_ends_the_others_and_is_logged(
    broken: int, caplog: pytest.LogCaptureFixture
) -> None:
    stop = Event()
    loops = [loop("one", stop, breaks=broken == 0), loop("two", stop, breaks=broken == 1)]

    ended_well = KafkaHost(loops, stop=stop).run(lambda: False)

    assert not ended_well
    assert "ended unexpectedly" in caplog.text


def test_each_loop_is_reported_after_its_heartbeat() -> None:
    stop = Event()
    reported: list[str] = []
    host = KafkaHost([loop("one", stop)], stop=stop, report=lambda s: reported.append(s.consumer))

    host.run(lambda: wait_until(lambda: bool(reported), seconds=0))

    assert reported == ["one"]


def test_a_report_that_fails_ends_neither_the_watcher_nor_the_loops() -> None:
    """The watcher must survive, since it also stops the loops."""
    stop = Event()
    reported: list[str] = []

    def fail(subscriber: KafkaSubscriber) -> None:
        reported.append(subscriber.consumer)
        raise BrokenPipeError("nobody reads what it prints")

    host = KafkaHost([loop("one", stop), loop("two", stop)], stop=stop, report=fail)

    assert host.run(lambda: len(reported) >= 2)
    assert reported == ["one", "two"]
