"""The loop that receives for a process: it beats for each consumer, and a signal or a mistake ends it in good order."""

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


def loop(*names: str, breaks: bool = False) -> Loop:
    return Loop(names, ["task-events"], NOWHERE, Recorder().advance_together, Event(), breaks=breaks)


def test_a_signal_ends_the_loop_in_good_order(beats: list[str]) -> None:
    hosting = loop("one", "two")

    assert KafkaHost(hosting).run(lambda: "consumer:two no broker" in beats)

    assert beats == [
        "consumer:one no broker",
        "consumer:two no broker",
        "consumer:one left",
        "consumer:two left",
    ]
    assert hosting.in_main_thread == [True]


def test_a_loop_that_breaks_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert not KafkaHost(loop("one", "two", breaks=True)).run(lambda: False)
    assert "receiving for one-two ended unexpectedly" in caplog.text


def test_the_loop_is_reported_after_its_heartbeats() -> None:
    reported: list[str] = []
    host = KafkaHost(loop("one", "two"), report=lambda subscriber: reported.append(subscriber.name))

    host.run(lambda: wait_until(lambda: bool(reported), seconds=0))

    assert reported == ["one-two"]


def test_a_report_that_fails_does_not_end_the_watcher() -> None:
    """The watcher must survive, since it also stops the loop."""
    reported: list[str] = []

    def fail(subscriber: KafkaSubscriber) -> None:
        reported.append(subscriber.name)
        raise BrokenPipeError("nobody reads what it prints")

    assert KafkaHost(loop("one"), report=fail).run(lambda: bool(reported))
    assert reported == ["one"]


def test_a_heartbeat_that_fails_does_not_keep_the_next_from_it(
    beats: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def beat(role: str, _detail: object) -> None:
        beats.append(role)
        if role == "consumer:one":
            raise ConnectionError("away")

    monkeypatch.setattr(heartbeats, "beat", beat)
    assert KafkaHost(loop("one", "two")).run(lambda: "consumer:two" in beats)
