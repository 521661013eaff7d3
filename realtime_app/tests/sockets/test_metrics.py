"""What sockets count: frames by type, resyncs by reason, and how long a push was under way."""

from time import time

import pytest

from foundation.metrics import metrics_registry
from realtime_app.sockets import protocol, push
from realtime_app.sockets.exchange import LogRange
from realtime_app.sockets.protocol import type_of_frame
from realtime_app.sockets.session import Session


@pytest.mark.parametrize(
    ("kind", "frame"),
    [
        ("ready", protocol.ready(1, 2, "e")),
        ("head", protocol.head(2, "e")),
        ("resync", protocol.resync("reset")),
        ("error", protocol.error("not_json", "A frame is one JSON object.")),
        ("pong", protocol.PONG),
    ],
)
def test_a_frame_is_counted_by_its_type(kind: str, frame: str) -> None:
    assert type_of_frame(frame) == kind


def value(name: str, **labels: str) -> float:
    return metrics_registry.get_sample_value(name, labels) or 0.0


def test_a_push_says_when_it_began_and_one_of_an_older_release_does_not() -> None:
    before = value("todo_push_delay_seconds_count"), value("todo_push_delay_seconds_sum")
    message = push.to_message(push.UserRange(1, LogRange(0, 1, None)))
    assert abs(message["pushed_at"] - time()) < 60
    push.measure_delay({**message, "pushed_at": time() - 2})
    push.measure_delay({**message, "pushed_at": time() + 2})  # a clock that is ahead
    del message["pushed_at"]
    push.measure_delay(message)
    after = value("todo_push_delay_seconds_count"), value("todo_push_delay_seconds_sum")
    assert after[0] - before[0] == 2
    assert 2 <= after[1] - before[1] < 60


def test_a_resync_is_counted_by_its_reason() -> None:
    before = value("todo_socket_resyncs_total", reason="overflow")
    session = Session(now=0.0)
    session._resync("overflow", 0.0)
    assert value("todo_socket_resyncs_total", reason="overflow") == before + 1
