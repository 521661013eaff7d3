import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import (
    Action,
    Bounds,
    Close,
    HistoryPosition,
    Identify,
    LogEvent,
    LogRange,
    ReadBounds,
    ReadLog,
    Send,
)
from realtime_app.sockets.protocol import CloseCode
from realtime_app.sockets.session import Phase, Session

EPOCH = "b5c1"


def bounds_at(head: int, tail: int = 0, epoch: str = EPOCH) -> Bounds:
    return Bounds(head, tail, epoch)


def frame(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, **fields})


def frames(actions: list[Action]) -> list[dict[str, Any]]:
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


def close_code(actions: list[Action]) -> int | None:
    return next((action.code for action in actions if isinstance(action, Close)), None)


def reads(actions: list[Action]) -> list[ReadLog]:
    return [action for action in actions if isinstance(action, ReadLog)]


def part(after: int, to: int, *, without: tuple[int, ...] = ()) -> LogRange:
    """A range in which every sequence number is a wanted event, except those of `without`."""
    numbers = [seq for seq in range(after + 1, to + 1) if seq not in without]
    return LogRange(after, to, [LogEvent(seq, frame("event", sequence=seq)) for seq in numbers])


def sent_sequences(actions: list[Action]) -> list[int]:
    return [sent["sequence"] for sent in frames(actions) if sent["type"] == "event"]


def live_session(at: int = 0, now: float = 0.0) -> Session:
    session = Session(now)
    session.on_frame(frame("hello"), now)
    session.on_identified(42, bounds_at(at), now)
    return session


def test_a_good_hello_is_answered_ready_and_head() -> None:
    session = Session(0.0)
    assert session.on_frame(frame("hello", ticket="abc"), 1.0) == [Identify("abc")]
    actions = session.on_identified(42, bounds_at(20), 1.1)
    assert frames(actions) == [
        {"type": "ready", "user_id": "42", "sequence": 20, "epoch": EPOCH},
        {"type": "head", "sequence": 20, "epoch": EPOCH},
    ]


def test_a_hello_with_after_reads_what_lies_between_then_says_head() -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=17), 0.0)
    actions = session.on_identified(42, bounds_at(20), 0.0)
    assert frames(actions) == [{"type": "ready", "user_id": "42", "sequence": 20, "epoch": EPOCH}]
    assert reads(actions) == [ReadLog(17, protocol.WINDOW_EVENTS)]
    caught_up = session.on_log(part(17, 20, without=(19,)), bounds_at(20), 0.1)
    assert sent_sequences(caught_up) == [18, 20]
    assert frames(caught_up)[-1] == {"type": "head", "sequence": 20, "epoch": EPOCH}


@pytest.mark.parametrize("said", [(), (frame("ping"),), ("nonsense",), (frame("hello", after=-1),)])
def test_no_valid_hello_within_five_seconds_closes_4401(said: tuple[str, ...]) -> None:
    session = Session(100.0)
    for text in said:
        assert close_code(session.on_frame(text, 101.0)) is None
    assert session.deadline == 105.0
    assert close_code(session.tick(104.9)) is None
    assert close_code(session.tick(105.0)) == 4401
    assert session.on_frame(frame("hello"), 105.1) == []


def test_a_hello_that_nobody_answers_closes_1013() -> None:
    session = Session(0.0)
    session.on_frame(frame("hello"), 4.0)
    assert close_code(session.tick(5.0)) is None
    assert close_code(session.tick(33.9)) is None
    assert close_code(session.tick(34.0)) == CloseCode.TRY_LATER


def test_a_refused_hello_closes_with_the_reason_given() -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", ticket="stolen"), 0.0)
    assert session.on_refused(CloseCode.CREDENTIALS, "no") == [Close(CloseCode.CREDENTIALS, "no")]
    assert session.on_identified(42, bounds_at(0), 0.0) == []


def test_a_second_hello_is_an_error_and_changes_nothing() -> None:
    session = live_session(at=5)
    assert frames(session.on_frame(frame("hello", after=0), 1.0))[0]["code"] == "hello_repeated"
    assert sent_sequences(session.on_push(part(5, 6), 1.0)) == [6]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "not_json"),
        ("[]", "invalid_frame"),
        ('{"type":"shout"}', "unknown_type"),
        ("{}", "unknown_type"),
        ('{"type":"ping","x":1}', "invalid_frame"),
        ('{"type":"ack"}', "invalid_frame"),
        ('{"type":"ack","sequence":"3"}', "invalid_frame"),
        ('{"type":"ack","sequence":1e400}', "invalid_frame"),
        ('{"type":"ack","sequence":9223372036854775808}', "invalid_frame"),
        ('{"type":"ping","x":"\\ud800"}', "not_json"),
        ("\ud800", "not_json"),
        ("[" * 60_000, "not_json"),
        (b"\x00\x01", "not_text"),
        ('{"type":"ack","sequence":6}', "ack_ahead"),
    ],
)
def test_what_is_no_frame_gets_an_error_and_the_connection_goes_on(text: str | bytes, code: str) -> None:
    session = live_session(at=5)
    assert [sent["code"] for sent in frames(session.on_frame(text, 1.0))] == [code]
    assert frames(session.on_frame(frame("ping"), 1.0)) == [{"type": "pong"}]


def test_an_ack_before_hello_is_an_error() -> None:
    assert frames(Session(0.0).on_frame(frame("ack", sequence=0), 0.0))[0]["code"] == "hello_expected"


@pytest.mark.parametrize("too_big", ["x" * 65_537, "é" * 32_769, b"x" * 65_537])
def test_a_frame_over_64_kib_closes_1009(too_big: str | bytes) -> None:
    session = live_session()
    assert close_code(session.on_frame(too_big, 0.0)) == 1009


def test_a_frame_of_exactly_64_kib_is_read() -> None:
    assert frames(live_session().on_frame("x" * 65_536, 0.0))[0]["code"] == "not_json"


def test_a_flood_closes_4429_and_a_steady_client_is_left_alone() -> None:
    flooded = live_session()
    codes = [close_code(flooded.on_frame(frame("ping"), 0.0)) for _ in range(200)]
    assert codes.index(4429) == protocol.MESSAGES_BURST - 1  # the hello took one
    steady = live_session()
    assert all(close_code(steady.on_frame(frame("ping"), n / 8)) is None for n in range(1000))


def test_acks_that_free_the_window_cost_nothing() -> None:
    session = live_session()
    for seq in range(1, 1000):
        session.on_push(part(seq - 1, seq), 0.0)
        assert close_code(session.on_frame(frame("ack", sequence=seq), 0.0)) is None


def test_acks_that_free_nothing_are_counted() -> None:
    session = live_session(at=5)
    codes = [close_code(session.on_frame(frame("ack", sequence=5), 0.0)) for _ in range(200)]
    assert 4429 in codes


def test_pushes_twice_or_late_are_sent_once_and_in_order() -> None:
    session = live_session()
    assert sent_sequences(session.on_push(part(0, 3), 0.0)) == [1, 2, 3]
    assert session.on_push(part(0, 3), 0.0) == []
    assert sent_sequences(session.on_push(part(1, 5), 0.0)) == [4, 5]
    assert session.on_push(part(2, 4), 0.0) == []


def test_a_push_after_a_gap_reads_the_log_from_the_position() -> None:
    session = live_session()
    assert session.on_push(part(2, 3), 0.0) == [ReadLog(0, 64)]
    assert session.on_push(part(3, 4), 0.0) == []
    actions = session.on_log(part(0, 4), bounds_at(4), 0.1)
    assert sent_sequences(actions) == [1, 2, 3, 4]
    assert frames(actions)[-1] == {"type": "head", "sequence": 4, "epoch": EPOCH}


def test_a_push_during_a_read_that_closes_the_gap_is_used_and_not_repeated() -> None:
    session = live_session()
    session.on_push(part(2, 3), 0.0)
    assert sent_sequences(session.on_push(part(0, 2), 0.0)) == [1, 2]
    assert sent_sequences(session.on_log(part(0, 3), bounds_at(3), 0.0)) == [3]


def test_a_push_too_large_to_carry_its_events_makes_the_socket_read() -> None:
    session = live_session()
    assert reads(session.on_push(LogRange(0, 900, None), 0.0)) == [ReadLog(0, 64)]


def test_unwanted_events_move_the_position_without_a_frame() -> None:
    session = live_session()
    assert session.on_push(LogRange(0, 7, []), 0.0) == []
    assert session.position == 7


def test_a_head_seen_beyond_the_position_repairs_a_lost_push() -> None:
    session = live_session(at=5)
    assert reads(session.on_head(6, EPOCH, since=HistoryPosition(5, EPOCH), now=1.0)) == [ReadLog(5, 64)]


def test_a_head_seen_before_the_latest_push_means_nothing() -> None:
    session = live_session(at=5)
    session.on_push(part(5, 6), 0.0)
    assert session.on_head(5, EPOCH, since=HistoryPosition(5, EPOCH), now=0.0) == []
    assert session.phase is Phase.LIVE


def test_at_most_64_events_are_in_flight_and_the_rest_comes_from_the_log() -> None:
    session = live_session()
    assert sent_sequences(session.on_push(part(0, 100), 0.0)) == list(range(1, 65))
    assert session.on_push(part(100, 101), 0.0) == []
    assert reads(session.on_frame(frame("ack", sequence=32), 1.0)) == [ReadLog(64, 32)]
    actions = session.on_log(part(64, 96), bounds_at(101), 1.0)
    assert sent_sequences(actions) == list(range(65, 97))
    assert reads(actions) == []
    assert reads(session.on_frame(frame("ack", sequence=96), 1.0)) == [ReadLog(96, 64)]


def test_no_ack_for_30_seconds_with_more_waiting_closes_4408() -> None:
    session = live_session()
    session.on_push(part(0, 65), 10.0)
    assert close_code(session.tick(39.9)) is None
    assert close_code(session.tick(40.0)) == 4408


def test_an_ack_in_time_gives_another_30_seconds() -> None:
    session = live_session()
    session.on_push(part(0, 200), 10.0)
    session.on_frame(frame("ack", sequence=1), 39.0)
    session.on_log(part(64, 65), bounds_at(200), 39.5)
    assert close_code(session.tick(69.4)) is None
    assert close_code(session.tick(69.5)) == 4408


def test_an_ack_that_frees_nothing_gives_no_time() -> None:
    session = live_session()
    session.on_push(part(0, 65), 10.0)
    session.on_frame(frame("ack", sequence=0), 39.0)
    assert close_code(session.tick(40.0)) == 4408


def test_a_full_window_with_nothing_waiting_stays_open() -> None:
    session = live_session()
    session.on_push(part(0, 64), 0.0)
    assert close_code(session.tick(3600.0)) is None


def test_head_is_said_every_20_seconds() -> None:
    session = live_session(at=5)
    session.on_push(LogRange(5, 8, []), 1.0)
    assert session.deadline == 20.0
    assert frames(session.tick(19.9)) == []
    assert frames(session.tick(20.0)) == [{"type": "head", "sequence": 8, "epoch": EPOCH}]
    assert session.deadline == 40.0


@pytest.mark.parametrize(
    ("after", "bounds", "reason"),
    [
        (21, bounds_at(20), "reset"),
        (9, bounds_at(20, 10), "too_old"),
        (0, bounds_at(10_001), "too_old"),
    ],
)
def test_a_hello_that_cannot_be_served_gets_resync(after: int, bounds: Bounds, reason: str) -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=after), 0.0)
    assert frames(session.on_identified(42, bounds, 1.0)) == [{"type": "resync", "reason": reason}]
    assert close_code(session.tick(30.9)) is None
    assert close_code(session.tick(31.0)) == 4409


@pytest.mark.parametrize(
    ("after", "bounds"), [(0, bounds_at(10_000)), (10, bounds_at(20, 10)), (20, bounds_at(20))]
)
def test_a_hello_at_the_edge_is_served(after: int, bounds: Bounds) -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=after), 0.0)
    assert frames(session.on_identified(42, bounds, 1.0))[0]["type"] == "ready"


def test_hello_after_resync_reads_the_bounds_again_and_goes_live() -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=99), 0.0)
    session.on_identified(42, bounds_at(20), 0.0)
    assert session.on_frame(frame("hello", after=20), 5.0) == [ReadBounds()]
    assert session.on_push(part(20, 21), 5.0) == []
    actions = session.on_bounds(bounds_at(20), 5.0)
    assert frames(actions) == [{"type": "ready", "user_id": "42", "sequence": 20, "epoch": EPOCH}]
    assert reads(actions) == [ReadLog(20, 64)]


def test_falling_10_000_events_behind_is_overflow() -> None:
    session = live_session()
    session.on_push(LogRange(0, 10_000, None), 0.0)
    actions = session.on_push(LogRange(10_000, 10_001, None), 0.0)
    assert frames(actions) == [{"type": "resync", "reason": "overflow"}]
    assert session.on_log(part(0, 64), bounds_at(10_001), 0.0) == []


def test_a_log_trimmed_past_the_position_is_too_old() -> None:
    session = live_session()
    session.on_push(LogRange(0, 100, None), 0.0)
    actions = session.on_log(LogRange(0, 64, []), bounds_at(100, 30), 0.0)
    assert frames(actions) == [{"type": "resync", "reason": "too_old"}]


def test_a_log_that_went_back_is_reset() -> None:
    seen = live_session(at=50)
    assert frames(seen.on_head(40, EPOCH, since=HistoryPosition(50, EPOCH), now=0.0)) == [
        {"type": "resync", "reason": "reset"}
    ]
    read = live_session(at=50)
    read.on_push(LogRange(50, 51, None), 0.0)
    actions = read.on_log(LogRange(50, 50, []), bounds_at(40), 0.0)
    assert frames(actions) == [{"type": "resync", "reason": "reset"}]


@pytest.mark.parametrize("after", [None, 0, 20])
def test_a_hello_from_another_epoch_is_reset_wherever_it_stands(after: int | None) -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=after, epoch="another"), 0.0)
    assert frames(session.on_identified(42, bounds_at(20), 0.0)) == [{"type": "resync", "reason": "reset"}]
    session.on_frame(frame("hello", after=20, epoch=EPOCH), 1.0)
    assert frames(session.on_bounds(bounds_at(20), 1.0))[0]["type"] == "ready"


def test_without_an_epoch_only_the_head_decides() -> None:
    session = Session(0.0)
    session.on_frame(frame("hello", after=20), 0.0)
    assert frames(session.on_identified(42, bounds_at(20, epoch="any"), 0.0))[0]["type"] == "ready"


@pytest.mark.parametrize("epoch", ["", "x" * 65, 17, ["x"]])
def test_what_is_no_epoch_is_an_invalid_frame(epoch: object) -> None:
    session = Session(0.0)
    [answer] = frames(session.on_frame(frame("hello", after=0, epoch=epoch), 0.0))
    assert (answer["type"], answer["code"]) == ("error", "invalid_frame")


def test_another_epoch_under_an_open_socket_is_reset_although_the_head_is_ahead() -> None:
    seen = live_session(at=50)
    since = seen.history_position
    assert frames(seen.on_head(60, "another", since=since, now=0.0)) == [
        {"type": "resync", "reason": "reset"}
    ]
    read = live_session(at=50)
    read.on_push(LogRange(50, 51, None), 0.0)
    actions = read.on_log(part(50, 60), bounds_at(60, epoch="another"), 0.0)
    assert frames(actions) == [{"type": "resync", "reason": "reset"}]


def test_a_look_from_before_a_hello_in_a_new_epoch_means_nothing() -> None:
    session = live_session(at=50)
    before = session.history_position
    session.on_head(60, "another", since=before, now=0.0)
    session.on_frame(frame("hello", after=40, epoch="another"), 0.0)
    session.on_bounds(bounds_at(40, epoch="another"), 0.0)
    assert session.on_head(40, EPOCH, since=before, now=0.0) == []


def test_a_head_that_was_never_there_is_read_for_once_and_forgotten() -> None:
    session = live_session(at=20)
    assert reads(session.on_push(LogRange(90, 100, []), 0.0)) == [ReadLog(20, 64)]
    actions = session.on_log(LogRange(20, 20, []), bounds_at(20), 0.0)
    assert frames(actions) == [{"type": "head", "sequence": 20, "epoch": EPOCH}]
    assert reads(actions) == []


def test_a_push_heard_during_a_read_that_began_before_it_is_not_forgotten() -> None:
    session = live_session()
    session.on_push(part(2, 3), 0.0)
    session.on_push(part(4, 5), 0.0)
    assert reads(session.on_log(part(0, 3), bounds_at(3), 0.0)) == [ReadLog(3, 61)]


def test_the_window_is_free_again_after_resync() -> None:
    session = live_session()
    session.on_push(part(0, 64), 0.0)
    session.on_push(LogRange(64, 20_000, None), 0.0)
    session.on_frame(frame("hello", after=20_000), 0.0)
    session.on_bounds(bounds_at(20_000), 0.0)
    assert len(sent_sequences(session.on_push(part(20_000, 20_064), 0.0))) == 64


def test_a_failed_read_is_tried_again_a_second_later() -> None:
    session = live_session()
    session.on_push(part(5, 6), 0.0)
    assert session.on_read_failed(1.0) == []
    assert session.deadline == 2.0
    assert session.tick(1.9) == []
    assert session.tick(2.0) == [ReadLog(0, 64)]


def test_a_read_that_cannot_go_on_is_tried_again_a_second_later() -> None:
    session = live_session()
    session.on_push(part(5, 6), 0.0)
    assert session.on_log(LogRange(0, 0, []), bounds_at(6), 1.0) == []
    assert session.tick(2.0) == [ReadLog(0, 64)]


def test_revoked_credentials_close_4401() -> None:
    assert close_code(live_session().on_revoked()) == 4401


def test_a_drain_closes_1012_and_says_when_to_come_back() -> None:
    [close] = live_session().drain(reconnect_after_seconds=3.25)
    assert isinstance(close, Close)
    assert close.code == 1012
    assert json.loads(close.reason) == {"reconnect_after_seconds": 3.2}


@pytest.mark.parametrize("end", [Session.on_revoked, Session.on_disconnect])
def test_a_closed_session_does_nothing_more(end: Callable[[Session], object]) -> None:
    session = live_session()
    end(session)
    assert session.deadline is None
    assert session.on_frame(frame("ping"), 0.0) == []
    assert session.on_push(part(0, 1), 0.0) == []
    assert session.tick(1e9) == []
    assert session.drain(reconnect_after_seconds=1.0) == []
    assert session.on_revoked() == []
