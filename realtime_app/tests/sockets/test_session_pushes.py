"""The events that a session sends, their order, and the window of unacknowledged events."""

from realtime_app.sockets.exchange import HistoryPosition, LogRange, ReadLog
from realtime_app.sockets.session import Phase
from realtime_app.tests.sockets import session_steps as steps


def test_pushes_twice_or_late_are_sent_once_and_in_order() -> None:
    session = steps.live_session()
    assert steps.sent_sequences(session.on_push(steps.part(0, 3), 0.0)) == [1, 2, 3]
    assert session.on_push(steps.part(0, 3), 0.0) == []
    assert steps.sent_sequences(session.on_push(steps.part(1, 5), 0.0)) == [4, 5]
    assert session.on_push(steps.part(2, 4), 0.0) == []


def test_a_push_after_a_gap_reads_the_log_from_the_position() -> None:
    session = steps.live_session()
    assert session.on_push(steps.part(2, 3), 0.0) == [ReadLog(0, 64)]
    assert session.on_push(steps.part(3, 4), 0.0) == []
    actions = session.on_log(steps.part(0, 4), steps.bounds_at(4), 0.1)
    assert steps.sent_sequences(actions) == [1, 2, 3, 4]
    assert steps.frames(actions)[-1] == {"type": "head", "sequence": 4, "epoch": steps.EPOCH}


def test_a_push_during_a_read_that_closes_the_gap_is_used_and_not_repeated() -> None:
    session = steps.live_session()
    session.on_push(steps.part(2, 3), 0.0)
    assert steps.sent_sequences(session.on_push(steps.part(0, 2), 0.0)) == [1, 2]
    assert steps.sent_sequences(session.on_log(steps.part(0, 3), steps.bounds_at(3), 0.0)) == [3]


def test_a_push_too_large_to_carry_its_events_makes_the_socket_read() -> None:
    session = steps.live_session()
    assert steps.reads(session.on_push(LogRange(0, 900, None), 0.0)) == [ReadLog(0, 64)]


def test_unwanted_events_move_the_position_without_a_frame() -> None:
    session = steps.live_session()
    assert session.on_push(LogRange(0, 7, []), 0.0) == []
    assert session.position == 7


def test_a_head_seen_beyond_the_position_repairs_a_lost_push() -> None:
    session = steps.live_session(at=5)
    assert steps.reads(session.on_head(6, steps.EPOCH, since=HistoryPosition(5, steps.EPOCH), now=1.0)) == [
        ReadLog(5, 64)
    ]


def test_a_head_seen_before_the_latest_push_means_nothing() -> None:
    session = steps.live_session(at=5)
    session.on_push(steps.part(5, 6), 0.0)
    assert session.on_head(5, steps.EPOCH, since=HistoryPosition(5, steps.EPOCH), now=0.0) == []
    assert session.phase is Phase.LIVE


def test_at_most_64_events_are_in_flight_and_the_rest_comes_from_the_log() -> None:
    session = steps.live_session()
    assert steps.sent_sequences(session.on_push(steps.part(0, 100), 0.0)) == list(range(1, 65))
    assert session.on_push(steps.part(100, 101), 0.0) == []
    assert steps.reads(session.on_frame(steps.frame("ack", sequence=32), 1.0)) == [ReadLog(64, 32)]
    actions = session.on_log(steps.part(64, 96), steps.bounds_at(101), 1.0)
    assert steps.sent_sequences(actions) == list(range(65, 97))
    assert steps.reads(actions) == []
    assert steps.reads(session.on_frame(steps.frame("ack", sequence=96), 1.0)) == [ReadLog(96, 64)]


def test_no_ack_for_30_seconds_with_more_waiting_closes_4408() -> None:
    session = steps.live_session()
    session.on_push(steps.part(0, 65), 10.0)
    assert steps.close_code(session.tick(39.9)) is None
    assert steps.close_code(session.tick(40.0)) == 4408


def test_an_ack_in_time_gives_another_30_seconds() -> None:
    session = steps.live_session()
    session.on_push(steps.part(0, 200), 10.0)
    session.on_frame(steps.frame("ack", sequence=1), 39.0)
    session.on_log(steps.part(64, 65), steps.bounds_at(200), 39.5)
    assert steps.close_code(session.tick(69.4)) is None
    assert steps.close_code(session.tick(69.5)) == 4408


def test_an_ack_that_frees_nothing_gives_no_time() -> None:
    session = steps.live_session()
    session.on_push(steps.part(0, 65), 10.0)
    session.on_frame(steps.frame("ack", sequence=0), 39.0)
    assert steps.close_code(session.tick(40.0)) == 4408


def test_a_full_window_with_nothing_waiting_stays_open() -> None:
    session = steps.live_session()
    session.on_push(steps.part(0, 64), 0.0)
    assert steps.close_code(session.tick(3600.0)) is None
