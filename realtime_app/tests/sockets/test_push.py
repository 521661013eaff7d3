import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from channels.layers import get_channel_layer

from events_app.consumers.registry import AppliedRange
from events_app.contracts import InvalidEvent, RecordedEvent
from foundation.context import Actor
from foundation.counters import snapshot
from realtime_app.consumers import check_showable, push_ranges
from realtime_app.sockets import protocol, push, throttled_log
from realtime_app.sockets.exchange import LogEvent, LogRange
from realtime_app.tests.payloads import notification

DEADLINE = 10


class ServerLoop:
    """An event loop in a thread, as in a server, with a channel in the groups of some users."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self._layer: Any = get_channel_layer()
        self._channel = self.do(self._layer.new_channel())

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(DEADLINE)

    def join(self, user_id: int) -> None:
        self.do(self._layer.group_add(push.group_of(user_id), self._channel))

    def receive(self) -> push.UserRange:
        return push.from_message(self.do(asyncio.wait_for(self._layer.receive(self._channel), DEADLINE)))

    def block(self) -> threading.Event:
        """Block the loop until the returned event is set."""
        begun: Future[None] = Future()
        release = threading.Event()

        def hold() -> None:
            begun.set_result(None)
            release.wait(DEADLINE)

        self.loop.call_soon_threadsafe(hold)
        begun.result(DEADLINE)
        return release

    async def _cancel_all(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def close(self) -> None:
        self.do(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def server_loop() -> Iterator[ServerLoop]:
    running = ServerLoop()
    push.serve_from(running.loop)
    yield running
    push.serve_from(None)
    running.close()


def recorded_event(user_id: int, seq: int, body: str = "") -> RecordedEvent:
    payload = notification(seq, body)
    return RecordedEvent(
        event_id=uuid4(),
        stream_key=f"user:{user_id}",
        seq=seq,
        type=payload.TYPE,
        v=payload.V,
        task_id=None,
        raw=payload.model_dump_json(),
        actor=Actor("user", str(user_id)),
        occurred_at=datetime.now(UTC),
    )


def applied_range(user_id: int, after: int, to: int, *events: RecordedEvent) -> AppliedRange:
    return AppliedRange(f"user:{user_id}", after, to, events)


def test_what_was_applied_reaches_the_users_group(server_loop: ServerLoop) -> None:
    server_loop.join(42)
    event = recorded_event(42, 4)
    push_ranges([applied_range(7, 0, 1, recorded_event(7, 1)), applied_range(42, 3, 5, event)])
    text = protocol.event_text(event)
    assert server_loop.receive() == push.UserRange(42, LogRange(3, 5, [LogEvent(4, text)]))


def test_ranges_arrive_in_the_order_of_the_calls(server_loop: ServerLoop) -> None:
    server_loop.join(42)
    for seq in range(1, 51):
        push_ranges([applied_range(42, seq - 1, seq, recorded_event(42, seq))])
    assert [server_loop.receive().part.to for _ in range(50)] == list(range(1, 51))


def test_a_range_too_large_to_carry_goes_without_its_events(server_loop: ServerLoop) -> None:
    server_loop.join(42)
    large = [recorded_event(42, seq, "x" * 9000) for seq in range(1, 9)]
    many = [recorded_event(42, seq) for seq in range(9, 80)]
    push_ranges([applied_range(42, 0, 8, *large)])
    push_ranges([applied_range(42, 8, 79, *many)])
    assert server_loop.receive().part == LogRange(0, 8, None)
    assert server_loop.receive().part == LogRange(8, 79, None)


def test_a_server_that_hangs_delays_nobody_and_loses_pushes_in_bounds(server_loop: ServerLoop) -> None:
    server_loop.join(42)
    release = server_loop.block()
    dropped = snapshot().get("realtime.pushes_dropped", 0)
    for seq in range(1, push.MAX_BATCHES_UNDER_WAY + 11):
        push_ranges([applied_range(42, seq - 1, seq, recorded_event(42, seq))])
    assert snapshot()["realtime.pushes_dropped"] == dropped + 10
    release.set()  # only now: none of 74 pushes waited for it
    assert server_loop.receive().part.to == 1


def test_without_sockets_in_this_process_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "push", lambda ranges: pytest.fail("nobody listens"))
    push_ranges([applied_range(42, 0, 1, recorded_event(42, 1))])


def test_the_consumer_refuses_an_event_that_cannot_be_shown() -> None:
    check_showable([recorded_event(42, 1)])
    broken = recorded_event(42, 2)
    object.__setattr__(broken, "raw", orjson.dumps({"notification": {"id": 1}}).decode())
    with pytest.raises(InvalidEvent):
        check_showable([broken])


def test_errors_of_listening_that_repeat_are_counted_and_logged_once_and_short(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(throttled_log, "_logged_at", {})
    counted = snapshot().get("realtime.listen_errors", 0)
    receiver = logging.getLogger("channels_redis.pubsub")
    for _ in range(3):
        try:
            raise ConnectionError("refused")
        except ConnectionError:
            receiver.exception("Unexpected exception in receive task")
    assert [record.getMessage() for record in caplog.records] == [
        "Sockets can not listen for pushes; they watch the log (ConnectionError: refused)"
    ]
    assert snapshot()["realtime.listen_errors"] == counted + 3
