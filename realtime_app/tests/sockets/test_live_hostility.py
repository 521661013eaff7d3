"""Hostile clients over real sockets are refused or limited, and do not slow others."""

import base64
import json
import os
import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from realtime_app.tests.live import DEADLINE, Client, Person, Server, open_socket

# A process of our own has to start first.
pytestmark = pytest.mark.timeout(300)


def send_until_closed(client: Client, frames: Iterable[str]) -> None:
    with suppress(ConnectionClosed):
        for frame in frames:
            client.connection.send(frame)


def test_a_flood_of_messages_closes_4429_and_slows_no_neighbour(server: Server) -> None:
    attacker, neighbour = server.user(), server.user()
    with attacker.socket() as flooding, neighbour.socket() as quiet:
        flooding.expect("ready")
        quiet.until_head(0)
        thread = threading.Thread(target=send_until_closed, args=[flooding, ['{"type":"ping"}'] * 20_000])
        thread.start()
        neighbour.write()
        quiet.until_event(1)
        assert flooding.until_closed()[0] == 4429
        thread.join()


def test_a_flood_before_hello_closes_4429(server: Server) -> None:
    with open_socket(server) as client:
        send_until_closed(client, ["nonsense"] * 1000)
        assert client.until_closed()[0] == 4429


def test_a_flood_of_control_frames_closes_4429(server: Server) -> None:
    with server.user().socket() as client:
        client.expect("ready")
        with suppress(ConnectionClosed):
            for number in range(2000):
                client.connection.ping(str(number))
        assert client.until_closed()[0] == 4429


@pytest.mark.parametrize("frame", ["x" * 2 * 1024 * 1024, "x" * 65_537, b"x" * 65_537])
def test_a_frame_over_64_kib_closes_1009(server: Server, frame: str | bytes) -> None:
    with server.user().socket() as client:
        client.expect("ready")
        with suppress(ConnectionClosed):
            client.connection.send(frame)
        assert client.until_closed()[0] == 1009


def test_a_message_over_64_kib_in_fragments_closes_1009(server: Server) -> None:
    with server.user().socket() as client:
        client.expect("ready")
        with suppress(ConnectionClosed):
            client.connection.send("x" * 9000 for _ in range(9))
        assert client.until_closed()[0] == 1009


@pytest.mark.parametrize("frame", ["[" * 60_000, '{"type":"ack","sequence":1e999}', b"\xff\xfe", "", "\x00"])
def test_what_is_no_frame_gets_an_error(server: Server, frame: str | bytes) -> None:
    with server.user().socket() as client:
        client.until_head(0)
        client.connection.send(frame)
        client.expect("error")
        client.say("ping")
        client.expect("pong")


def test_clients_that_never_read_do_not_fill_the_memory(own_server: Server) -> None:
    person = own_server.user()
    before = own_server.do("peak_memory_mb")
    with ExitStack() as open_sockets:
        for _ in range(10):
            open_sockets.enter_context(silent_socket(person))
        for _ in range(10):
            person.write(60, body_size=40_000)
        with person.socket(after=0) as reader:
            reader.until_event(600)
            assert reader.seen == list(range(1, 601))
        # Ten that do not read 24 MB each would be 240 MB; ten windows of 64 are 26.
        assert own_server.do("peak_memory_mb") - before < 120


def silent_socket(person: Person) -> socket.socket:
    """Send a hello over a raw connection that never reads after the handshake."""
    server = person.server
    bare = socket.create_connection((server.host, server.port), timeout=DEADLINE)
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    key = base64.b64encode(os.urandom(16)).decode()
    bare.sendall(
        f"GET /ws/tasks/ HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b" 101 " in bare.recv(200)
    hello = json.dumps({"type": "hello", "ticket": person.ticket(), "after": 0}).encode()
    # Text, final, masked with zeros (RFC 6455, section 5.2).
    bare.sendall(struct.pack("!BB4s", 0x81, 0x80 | len(hello), b"\0\0\0\0") + hello)
    return bare
