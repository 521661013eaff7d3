"""The deadlines of an HTTP connection, on a fake clock, and the counters of its address."""

from typing import Any

import pytest
from django.conf import settings
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock

from realtime_app.server import http_protocol
from realtime_app.server.connections import BodyMemory, PerAddress
from realtime_app.server.http_protocol import UNREAD_ANSWER_SECONDS, TaskChannel

HEADERS = b"POST /api/tasks/bulk/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"


class Transport:
    """A connection whose client never reads."""

    def __init__(self, host: str = "192.0.2.1") -> None:
        self.written = b""
        self.disconnecting = self.is_aborted = self.is_half_closed = False
        self._peer = (IPv6Address if ":" in host else IPv4Address)("TCP", host, 1)

    def getPeer(self) -> Any:
        return self._peer

    getHost = getPeer

    def write(self, data: bytes) -> None:
        self.written += data

    def writeSequence(self, pieces: list[bytes]) -> None:
        self.written += b"".join(pieces)

    def loseConnection(self) -> None:
        self.disconnecting = True

    def loseWriteConnection(self) -> None:
        self.is_half_closed = True

    def abortConnection(self) -> None:
        self.is_aborted = True


class Server:
    """The parts of daphne's server that an incomplete request needs."""

    def __init__(self) -> None:
        self.open_connections = PerAddress(3)
        self.body_memory = BodyMemory(total=10**9, per_address=10**9)
        self.server = self

    def protocol_connected(self, request: object) -> None:
        """Nothing is kept."""

    protocol_disconnected = protocol_connected


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(http_protocol, "monotonic", clock.seconds)
    return clock


def connect(clock: Clock, server: Server | None = None, host: str = "192.0.2.1") -> tuple[Any, Transport]:
    channel: Any = TaskChannel()
    channel.callLater = clock.callLater
    channel.factory = server or Server()
    transport = Transport(host)
    channel.makeConnection(transport)
    return channel, transport


def drip(channel: Any, clock: Clock, *, seconds: int, size: int) -> None:
    for _ in range(seconds):
        channel.dataReceived(b"a" * size)
        clock.advance(1)


def test_headers_have_ten_seconds_from_their_first_byte(clock: Clock) -> None:
    channel, transport = connect(clock)
    clock.advance(settings.HTTP_IDLE_SECONDS - 1)
    channel.dataReceived(b"GET / HTTP/1.1\r\nX: ")
    drip(channel, clock, seconds=settings.HTTP_HEADER_SECONDS - 1, size=1)
    assert transport.written == b""

    drip(channel, clock, seconds=1, size=1)

    assert transport.written.startswith(b"HTTP/1.1 408 ")
    assert transport.is_half_closed


def test_a_connection_that_says_nothing_is_closed_and_then_cut_off(clock: Clock) -> None:
    _, transport = connect(clock)

    clock.advance(settings.HTTP_IDLE_SECONDS)
    assert (transport.disconnecting, transport.is_aborted) == (True, False)
    clock.advance(UNREAD_ANSWER_SECONDS)
    assert transport.is_aborted


@pytest.mark.parametrize(
    ("bytes_per_second", "lasts"), [(1, 60), (15 * 1024, 60), (17 * 1024, 280), (20 * 1024, 240)]
)
def test_a_body_lasts_as_long_as_it_comes_fast_enough(
    clock: Clock, bytes_per_second: int, lasts: int
) -> None:
    channel, transport = connect(clock)
    channel.dataReceived(HEADERS)

    drip(channel, clock, seconds=lasts - 1, size=bytes_per_second)
    assert transport.written == b""
    drip(channel, clock, seconds=1, size=bytes_per_second)

    assert (transport.written[:13] == b"HTTP/1.1 408 ") == (lasts == settings.HTTP_BODY_SECONDS)


def test_a_body_that_stops_half_way_ends_however_fast_it_began(clock: Clock) -> None:
    channel, transport = connect(clock)
    channel.dataReceived(HEADERS + b"a" * 4_900_000)

    for _ in range(2 * settings.HTTP_BODY_SECONDS):
        clock.advance(1)

    assert transport.written.startswith(b"HTTP/1.1 408 ")


def test_a_client_that_sends_on_after_a_refusal_is_disconnected(clock: Clock) -> None:
    channel, transport = connect(clock)
    channel.dataReceived(HEADERS.replace(b"5000000", b"99999999"))
    assert transport.written.startswith(b"HTTP/1.1 413 ")

    drip(channel, clock, seconds=http_protocol.LINGER_SECONDS, size=1000)

    assert transport.is_aborted
    assert transport.written.count(b"HTTP/1.1 ") == 1


def test_a_connection_beyond_the_limit_gets_the_reason_and_makes_room_when_it_ends(clock: Clock) -> None:
    server = Server()
    held = [connect(clock, server, f"2001:db8::{number}")[0] for number in range(3)]
    refused, transport = connect(clock, server, "2001:db8::ffff")
    _, neighbour = connect(clock, server, "2001:db8:0:1::1")

    assert transport.written.startswith(b"HTTP/1.1 429 ")
    assert neighbour.written == b""
    refused.connectionLost(None)
    held[0].connectionLost(None)
    assert connect(clock, server, "2001:db8::7")[1].written == b""


def test_bodies_of_one_address_leave_memory_for_others_and_give_theirs_back(clock: Clock) -> None:
    server = Server()
    server.body_memory = BodyMemory(total=4_000_000, per_address=1_000_000)
    first, _ = connect(clock, server)
    first.dataReceived(HEADERS + b"a" * 1_000_000)
    second, refused = connect(clock, server)
    second.dataReceived(HEADERS + b"a" * 500_000)
    third, neighbour = connect(clock, server, "192.0.2.2")
    third.dataReceived(HEADERS + b"a" * 500_000)

    assert refused.written.startswith(b"HTTP/1.1 503 ")
    assert neighbour.written == b""
    first.connectionLost(None)
    again, accepted = connect(clock, server)
    again.dataReceived(HEADERS + b"a" * 900_000)
    assert accepted.written == b""
