"""Hello, frames and closes of a session, without a socket, on a clock that the tests pass in."""

import json
from collections.abc import Callable

import pytest

from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import Close, Identify, LogRange, ReadLog
from realtime_app.sockets.protocol import CloseCode
from realtime_app.sockets.session import Session
from realtime_app.tests.sockets import session_steps as steps


def test_a_good_hello_is_answered_ready_and_head() -> None:
    session = Session(0.0)
    assert session.on_frame(steps.frame("hello", ticket="abc"), 1.0) == [Identify("abc")]
    actions = session.on_identified(42, steps.bounds_at(20), 1.1)
    assert steps.frames(actions) == [
        {"type": "ready", "user_id": "42", "sequence": 20, "epoch": steps.EPOCH},
        {"type": "head", "sequence": 20, "epoch": steps.EPOCH},
    ]


def test_a_hello_with_after_reads_what_lies_between_then_says_head() -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", after=17), 0.0)
    actions = session.on_identified(42, steps.bounds_at(20), 0.0)
    assert steps.frames(actions) == [{"type": "ready", "user_id": "42", "sequence": 20, "epoch": steps.EPOCH}]
    assert steps.reads(actions) == [ReadLog(17, protocol.WINDOW_EVENTS)]
    caught_up = session.on_log(steps.part(17, 20, without=(19,)), steps.bounds_at(20), 0.1)
    assert steps.sent_sequences(caught_up) == [18, 20]
    assert steps.frames(caught_up)[-1] == {"type": "head", "sequence": 20, "epoch": steps.EPOCH}


@pytest.mark.parametrize(
    "texts", [(), (steps.frame("ping"),), ("nonsense",), (steps.frame("hello", after=-1),)]
)
def test_no_valid_hello_within_five_seconds_closes_4401(texts: tuple[str, ...]) -> None:
    session = Session(100.0)
    for text in texts:
        assert steps.close_code(session.on_frame(text, 101.0)) is None
    assert session.deadline == 105.0
    assert steps.close_code(session.tick(104.9)) is None
    assert steps.close_code(session.tick(105.0)) == 4401
    assert session.on_frame(steps.frame("hello"), 105.1) == []


def test_a_hello_that_nobody_answers_closes_1013() -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello"), 4.0)
    assert steps.close_code(session.tick(5.0)) is None
    assert steps.close_code(session.tick(33.9)) is None
    assert steps.close_code(session.tick(34.0)) == CloseCode.TRY_LATER


def test_a_refused_hello_closes_with_the_reason_given() -> None:
    session = Session(0.0)
    session.on_frame(steps.frame("hello", ticket="stolen"), 0.0)
    assert session.on_refused(CloseCode.CREDENTIALS, "no") == [Close(CloseCode.CREDENTIALS, "no")]
    assert session.on_identified(42, steps.bounds_at(0), 0.0) == []


def test_a_second_hello_is_an_error_and_changes_nothing() -> None:
    session = steps.live_session(at=5)
    assert steps.frames(session.on_frame(steps.frame("hello", after=0), 1.0))[0]["code"] == "hello_repeated"
    assert steps.sent_sequences(session.on_push(steps.part(5, 6), 1.0)) == [6]


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
def test_an_invalid_frame_gets_an_error_and_the_connection_stays_open(text: str | bytes, code: str) -> None:
    session = steps.live_session(at=5)
    assert [sent["code"] for sent in steps.frames(session.on_frame(text, 1.0))] == [code]
    assert steps.frames(session.on_frame(steps.frame("ping"), 1.0)) == [{"type": "pong"}]


def test_an_ack_before_hello_is_an_error() -> None:
    assert (
        steps.frames(Session(0.0).on_frame(steps.frame("ack", sequence=0), 0.0))[0]["code"]
        == "hello_expected"
    )


@pytest.mark.parametrize("too_big", ["x" * 65_537, "é" * 32_769, b"x" * 65_537])
def test_a_frame_over_64_kib_closes_1009(too_big: str | bytes) -> None:
    session = steps.live_session()
    assert steps.close_code(session.on_frame(too_big, 0.0)) == 1009


def test_a_frame_of_exactly_64_kib_is_read() -> None:
    assert steps.frames(steps.live_session().on_frame("x" * 65_536, 0.0))[0]["code"] == "not_json"


def test_a_flood_closes_4429_and_a_steady_client_is_left_alone() -> None:
    flooded = steps.live_session()
    codes = [steps.close_code(flooded.on_frame(steps.frame("ping"), 0.0)) for _ in range(200)]
    assert codes.index(4429) == protocol.MESSAGES_BURST - 1  # the hello took one
    steady = steps.live_session()
    assert all(steps.close_code(steady.on_frame(steps.frame("ping"), n / 8)) is None for n in range(1000))


def test_acks_that_free_the_window_cost_nothing() -> None:
    session = steps.live_session()
    for seq in range(1, 1000):
        session.on_push(steps.part(seq - 1, seq), 0.0)
        assert steps.close_code(session.on_frame(steps.frame("ack", sequence=seq), 0.0)) is None


def test_acks_that_free_nothing_are_counted() -> None:
    session = steps.live_session(at=5)
    codes = [steps.close_code(session.on_frame(steps.frame("ack", sequence=5), 0.0)) for _ in range(200)]
    assert 4429 in codes


def test_head_is_said_every_20_seconds() -> None:
    session = steps.live_session(at=5)
    session.on_push(LogRange(5, 8, []), 1.0)
    assert session.deadline == 20.0
    assert steps.frames(session.tick(19.9)) == []
    assert steps.frames(session.tick(20.0)) == [{"type": "head", "sequence": 8, "epoch": steps.EPOCH}]
    assert session.deadline == 40.0


def test_a_failed_read_is_tried_again_a_second_later() -> None:
    session = steps.live_session()
    session.on_push(steps.part(5, 6), 0.0)
    assert session.on_read_failed(1.0) == []
    assert session.deadline == 2.0
    assert session.tick(1.9) == []
    assert session.tick(2.0) == [ReadLog(0, 64)]


def test_a_read_that_cannot_go_on_is_tried_again_a_second_later() -> None:
    session = steps.live_session()
    session.on_push(steps.part(5, 6), 0.0)
    assert session.on_log(LogRange(0, 0, []), steps.bounds_at(6), 1.0) == []
    assert session.tick(2.0) == [ReadLog(0, 64)]


def test_revoked_credentials_close_4401() -> None:
    assert steps.close_code(steps.live_session().on_revoked()) == 4401


def test_a_drain_closes_1012_and_says_when_to_come_back() -> None:
    [close] = steps.live_session().drain(reconnect_after_seconds=3.25)
    assert isinstance(close, Close)
    assert close.code == 1012
    assert json.loads(close.reason) == {"reconnect_after_seconds": 3.2}


@pytest.mark.parametrize("end", [Session.on_revoked, Session.on_disconnect])
def test_a_closed_session_does_nothing_more(end: Callable[[Session], object]) -> None:
    session = steps.live_session()
    end(session)
    assert session.deadline is None
    assert session.on_frame(steps.frame("ping"), 0.0) == []
    assert session.on_push(steps.part(0, 1), 0.0) == []
    assert session.tick(1e9) == []
    assert session.drain(reconnect_after_seconds=1.0) == []
    assert session.on_revoked() == []
