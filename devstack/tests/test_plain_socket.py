"""The WebSocket of the standard library, against a server of somebody else: frames of each size, ends, refusals."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from devstack.plain_socket import ConnectionEnded, HandshakeRefused, PlainWebSocket, PlatformAddress
from devstack.ports import LOOPBACK

PROTOCOL = "todo.v1"


def echo(connection: ServerConnection) -> None:
    """Repeat what is said; `parts` comes in three frames after a ping, `close` ends it with 4401, `drop` without."""
    for said in connection:
        if said == "parts":
            assert connection.ping().wait(5)
            connection.send(iter(["one ", "two ", "three"]))
        elif said == "close":
            connection.close(4401, "over")
        elif said == "drop":
            connection.socket.shutdown(socket.SHUT_RDWR)
        elif said != "hush":
            connection.send(said)


@pytest.fixture(scope="module")
def address() -> Iterator[PlatformAddress]:
    with serve(echo, LOOPBACK, 0, subprotocols=[Subprotocol(PROTOCOL)]) as server:
        port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield PlatformAddress("http://todo.example", connect=(LOOPBACK, port))
        server.shutdown()
        thread.join(5)


@pytest.fixture
def connection(address: PlatformAddress) -> Iterator[PlainWebSocket]:
    with closing(PlainWebSocket(address, "/", protocol=PROTOCOL, seconds=5)) as opened:
        yield opened


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535])
def test_a_text_of_any_size_comes_back(connection: PlainWebSocket, size: int) -> None:
    connection.send("é" * (size // 2) + "x" * (size % 2))
    assert connection.receive(seconds=5) == "é" * (size // 2) + "x" * (size % 2)


def test_parts_are_put_together_and_a_ping_is_answered(connection: PlainWebSocket) -> None:
    connection.send("parts")
    assert connection.receive(seconds=5) == "one two three"


def test_silence_ends_with_the_time(connection: PlainWebSocket) -> None:
    connection.send("hush")
    with pytest.raises(TimeoutError):
        connection.receive(seconds=0.05)
    connection.send("still here")
    assert connection.receive(seconds=5) == "still here"


@pytest.mark.parametrize(("said", "code"), [("close", 4401), ("drop", 1006)])
def test_an_end_has_its_code(connection: PlainWebSocket, said: str, code: int) -> None:
    connection.send(said)
    with pytest.raises(ConnectionEnded) as ended:
        connection.receive(seconds=5)
    assert ended.value.code == code


def test_a_server_that_refuses_the_handshake_is_said(address: PlatformAddress) -> None:
    with pytest.raises(HandshakeRefused, match="400"):
        PlainWebSocket(address, "/", protocol="x,,y", seconds=5)


def test_nobody_there_is_an_error_of_the_system() -> None:
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        PlainWebSocket(PlatformAddress(f"http://{LOOPBACK}:{port}"), "/", protocol=PROTOCOL, seconds=5)
