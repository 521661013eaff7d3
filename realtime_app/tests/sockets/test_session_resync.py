"""A session that cannot continue from its position asks for a resync, and continues after it."""

import pytest

from realtime_app.sockets.exchange import Bounds, HistoryPosition, LogRange, ReadBounds, ReadLog
from realtime_app.sockets.session import Session
from realtime_app.tests.sockets import session_steps as steps


@pytest.mark.parametrize(
    ("after", "bounds", "reason"),
    [
        (21, steps.bounds_at(20), "reset"),
        (9, steps.bounds_at(20, 10), "too_old"),
        (0, steps.bounds_at(10_001), "too_old"),
    ],
)
def test_a_hello_that_cannot_be_served_gets_resync(after: int, bounds: Bounds, reason: str) -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=after), 0.0)
    assert steps.frames(session.on_identified(42, bounds, 1.0)) == [{"type": "resync", "reason": reason}]
    assert steps.close_code(session.tick(30.9)) is None
    assert steps.close_code(session.tick(31.0)) == 4409


@pytest.mark.parametrize(
    ("after", "bounds"),
    [(0, steps.bounds_at(10_000)), (10, steps.bounds_at(20, 10)), (20, steps.bounds_at(20))],
)
def test_a_hello_at_the_edge_is_served(after: int, bounds: Bounds) -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=after), 0.0)
    assert steps.frames(session.on_identified(42, bounds, 1.0))[0]["type"] == "ready"


def test_hello_after_resync_reads_the_bounds_again_and_goes_live() -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=99), 0.0)
    session.on_identified(42, steps.bounds_at(20), 0.0)
    assert session.on_frame(steps.frame("hello", after=20), 5.0) == [ReadBounds()]
    assert session.on_push(steps.part(20, 21), 5.0) == []
    actions = session.on_bounds(steps.bounds_at(20), 5.0)
    assert steps.frames(actions) == [{"type": "ready", "user_id": "42", "sequence": 20, "epoch": steps.EPOCH}]
    assert steps.reads(actions) == [ReadLog(20, 64)]


def test_falling_10_000_events_behind_is_overflow() -> None:
    session = steps.live_session()
    session.on_push(LogRange(0, 10_000, None), 0.0)
    actions = session.on_push(LogRange(10_000, 10_001, None), 0.0)
    assert steps.frames(actions) == [{"type": "resync", "reason": "overflow"}]
    assert session.on_log(steps.part(0, 64), steps.bounds_at(10_001), 0.0) == []


def test_a_log_trimmed_past_the_position_is_too_old() -> None:
    session = steps.live_session()
    session.on_push(LogRange(0, 100, None), 0.0)
    actions = session.on_log(LogRange(0, 64, []), steps.bounds_at(100, 30), 0.0)
    assert steps.frames(actions) == [{"type": "resync", "reason": "too_old"}]


def test_a_log_that_went_back_is_reset() -> None:
    seen = steps.live_session(at=50)
    assert steps.frames(seen.on_head(40, steps.EPOCH, since=HistoryPosition(50, steps.EPOCH), now=0.0)) == [
        {"type": "resync", "reason": "reset"}
    ]
    read = steps.live_session(at=50)
    read.on_push(LogRange(50, 51, None), 0.0)
    actions = read.on_log(LogRange(50, 50, []), steps.bounds_at(40), 0.0)
    assert steps.frames(actions) == [{"type": "resync", "reason": "reset"}]


@pytest.mark.parametrize("after", [None, 0, 20])
def test_a_hello_from_another_epoch_is_reset_wherever_it_stands(after: int | None) -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=after, epoch="another"), 0.0)
    assert steps.frames(session.on_identified(42, steps.bounds_at(20), 0.0)) == [
        {"type": "resync", "reason": "reset"}
    ]
    session.on_frame(steps.frame("hello", after=20, epoch=steps.EPOCH), 1.0)
    assert steps.frames(session.on_bounds(steps.bounds_at(20), 1.0))[0]["type"] == "ready"


def test_without_an_epoch_only_the_head_decides() -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=20), 0.0)
    assert (
        steps.frames(session.on_identified(42, steps.bounds_at(20, epoch="any"), 0.0))[0]["type"] == "ready"
    )


@pytest.mark.parametrize("epoch", ["", "x" * 65, 17, ["x"]])
def test_what_is_no_epoch_is_an_invalid_frame(epoch: object) -> None:
    session = Session(0.0)
    [answer] = steps.frames(session.on_frame(steps.frame("hello", after=0, epoch=epoch), 0.0))
    assert (answer["type"], answer["code"]) == ("error", "invalid_frame")


def test_another_epoch_under_an_open_socket_is_reset_although_the_head_is_ahead() -> None:
    seen = steps.live_session(at=50)
    since = seen.history_position
    assert steps.frames(seen.on_head(60, "another", since=since, now=0.0)) == [
        {"type": "resync", "reason": "reset"}
    ]
    read = steps.live_session(at=50)
    read.on_push(LogRange(50, 51, None), 0.0)
    actions = read.on_log(steps.part(50, 60), steps.bounds_at(60, epoch="another"), 0.0)
    assert steps.frames(actions) == [{"type": "resync", "reason": "reset"}]


def test_a_look_from_before_a_hello_in_a_new_epoch_means_nothing() -> None:
    session = steps.live_session(at=50)
    before = session.history_position
    session.on_head(60, "another", since=before, now=0.0)
    session.on_frame(steps.frame("hello", after=40, epoch="another"), 0.0)
    session.on_bounds(steps.bounds_at(40, epoch="another"), 0.0)
    assert session.on_head(40, steps.EPOCH, since=before, now=0.0) == []


def test_a_head_that_was_never_there_is_read_for_once_and_forgotten() -> None:
    session = steps.live_session(at=20)
    assert steps.reads(session.on_push(LogRange(90, 100, []), 0.0)) == [ReadLog(20, 64)]
    actions = session.on_log(LogRange(20, 20, []), steps.bounds_at(20), 0.0)
    assert steps.frames(actions) == [{"type": "head", "sequence": 20, "epoch": steps.EPOCH}]
    assert steps.reads(actions) == []


def test_a_push_during_a_read_that_began_before_it_is_not_forgotten() -> None:
    session = steps.live_session()
    session.on_push(steps.part(2, 3), 0.0)
    session.on_push(steps.part(4, 5), 0.0)
    assert steps.reads(session.on_log(steps.part(0, 3), steps.bounds_at(3), 0.0)) == [ReadLog(3, 61)]


def test_the_window_is_free_again_after_resync() -> None:
    session = steps.live_session()
    session.on_push(steps.part(0, 64), 0.0)
    session.on_push(LogRange(64, 20_000, None), 0.0)
    session.on_frame(steps.frame("hello", after=20_000), 0.0)
    session.on_bounds(steps.bounds_at(20_000), 0.0)
    assert len(steps.sent_sequences(session.on_push(steps.part(20_000, 20_064), 0.0))) == 64
