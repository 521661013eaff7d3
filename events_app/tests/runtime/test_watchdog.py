"""The idle time and the description of loops, on a clock that the tests move."""

import os
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from events_app.contracts import RecordedEvent
from events_app.runtime import watchdog as module
from events_app.runtime.time_slices import is_time_up
from events_app.runtime.watchdog import (
    Watchdog,
    WatchedWork,
    describe_hangs,
    name_work,
    report_turn,
    watch_loop,
)
from foundation.context import Actor


def event(seq: int) -> RecordedEvent:
    return RecordedEvent(
        event_id=UUID(int=seq), stream_key="user:7", seq=seq, type="task.created", v=1, task_id=None, raw="{}",
        actor=Actor("user", "7"), occurred_at=datetime.now(UTC),
    )  # fmt: skip


@pytest.fixture
def dog(monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    """Return a watchdog without its thread."""
    fresh = Watchdog()
    fresh._has_thread = True
    monkeypatch.setattr(module, "watchdog", fresh)
    return fresh


def idle_names(dog: Watchdog, seconds: float) -> list[str]:
    return [str(loop) for loop in dog.idle_loops(seconds)]


def test_a_loop_that_turns_is_never_idle(dog: Watchdog) -> None:
    with watch_loop("mine"):
        for _ in range(5):
            report_turn()
            dog.check_loops(10)
        assert idle_names(dog, 1) == []


def test_a_loop_that_does_not_turn_is_idle_for_the_time_of_the_checks(dog: Watchdog) -> None:
    with watch_loop("mine"):
        dog.check_loops(10)  # the first check sees that it has begun
        dog.check_loops(10)
        dog.check_loops(10)
        assert idle_names(dog, 20) == ["mine"]
        assert idle_names(dog, 21) == []
        report_turn()
        dog.check_loops(10)
        assert idle_names(dog, 1) == []
    dog.check_loops(100)
    assert idle_names(dog, 1) == []


def test_each_part_of_a_sweep_is_a_turn(dog: Watchdog) -> None:
    with watch_loop("mine"), name_work(WatchedWork("sweep:trash")):
        for _ in range(5):
            is_time_up()
            dog.check_loops(10)
        assert idle_names(dog, 1) == []


def test_work_outside_of_any_loop_is_watched_for_as_long_as_it_takes(dog: Watchdog) -> None:
    with name_work(WatchedWork("job:tags")):
        dog.check_loops(10)
        dog.check_loops(10)
        assert idle_names(dog, 10) == [f"{threading.current_thread().name}, in job:tags"]
    assert idle_names(dog, 0) == []


def test_the_innermost_work_is_named_with_its_first_event(dog: Watchdog) -> None:
    with watch_loop("mine"), name_work(WatchedWork("relay")):
        with name_work(WatchedWork("consumer one", "one", [event(3), event(4)])):
            [name] = idle_names(dog, 0)
        assert idle_names(dog, 0) == ["mine, in relay"]
    assert name == f"mine, in consumer one at task.created user:7/3 ({UUID(int=3)}) and 1 more"


def test_a_loop_inside_another_s_work_is_a_turn_of_that(dog: Watchdog) -> None:
    with watch_loop("outer"):
        dog.check_loops(10)
        dog.check_loops(10)
        with watch_loop("inner"):
            assert idle_names(dog, 10) == ["outer"]
        dog.check_loops(10)
        assert idle_names(dog, 1) == []


def test_a_fork_watches_none_of_its_parent_s_loops(dog: Watchdog) -> None:
    with watch_loop("mine"):
        child = os.fork()
        if not child:
            os._exit(0 if not module.watchdog.idle_loops(0) and module._current_loop() is None else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_livez_is_503_as_long_as_something_hangs(
    dog: Watchdog, client: Client, settings: LazySettings
) -> None:
    settings.HANG_IS_UNHEALTHY_SECONDS = 15.0
    with watch_loop("mine"), name_work(WatchedWork("sweep:trash")):
        dog.check_loops(10)
        dog.check_loops(10)
        assert client.get("/livez").status_code == 200
        dog.check_loops(10)
        answer = client.get("/livez")
        assert answer.status_code == 503
        assert answer.json() == {"status": "hanging", "hanging": ["sweep:trash"]}
    assert describe_hangs() == []
    assert client.get("/livez").json() == {"status": "ok"}
