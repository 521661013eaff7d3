"""HTTP streams and a WebSocket of the standard library alone, for programs that must run where no package is installed.

PlainSocketError          one sentence
├── HandshakeRefused      the server answered something else than 101
└── ConnectionEnded       the connection is over; has the close code
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

# RFC 6455: the GUID of section 1.3, the opcodes of 5.2, and what a close without a code counts as (7.1.5).
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x8, 0x9, 0xA
_NO_CODE: Final = 1005
_MOST_HEAD_BYTES: Final = 16_384


class PlainSocketError(Exception):
    """Base of what goes wrong with a socket; `str()` is one sentence."""


class HandshakeRefused(PlainSocketError):
    """The server does not speak WebSocket here; `status` is the first line of its answer."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the handshake was answered {status!r}, expected 101")
        self.status = status


class ConnectionEnded(PlainSocketError):
    """The connection is over; `code` is that of the close frame."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the socket was closed with {code}")
        self.code = code


@dataclass(frozen=True)
class PlatformAddress:
    """Where a platform is: its URL, and `connect` where the port to connect to is another, such as a forwarded one."""

    url: str
    connect: tuple[str, int] | None = None

    @property
    def is_secure(self) -> bool:
        """Whether it is reached over TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """What the Host header says: the name, with the port when the URL has one."""
        return urlsplit(self.url).netloc

    def open_stream(self, seconds: float) -> socket.socket:
        """Return a connection; for https over TLS, with the certificate checked. Raises OSError, also for TLS."""
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        address = self.connect or (name, parts.port or (443 if self.is_secure else 80))
        stream = socket.create_connection(address, timeout=seconds)
        if not self.is_secure:
            return stream
        try:
            return ssl.create_default_context().wrap_socket(stream, server_hostname=name)
        except OSError:
            stream.close()
            raise


class PlainWebSocket:
    """A WebSocket that sends and receives text; what a server pings is answered while something is received."""

    def __init__(self, address: PlatformAddress, path: str, *, protocol: str, seconds: float) -> None:
        """Open it. Raises HandshakeRefused, OSError."""
        self._stream = address.open_stream(seconds)
        self._kept = b""
        try:
            self._shake_hands(address.host, path, protocol)
        except (OSError, PlainSocketError):
            self._stream.close()
            raise

    def _shake_hands(self, host: str, path: str, protocol: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {protocol}",
        ]
        self._stream.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._kept:
            if len(self._kept) > _MOST_HEAD_BYTES:
                raise HandshakeRefused("an endless head")
            self._receive_more()
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        status, *headers = head.decode("latin-1").split("\r\n")
        accepted = base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest())
        found = {
            name.strip().lower(): value.strip()
            for name, _, value in (each.partition(":") for each in headers)
        }
        if status.split(" ")[1:2] != ["101"] or found.get("sec-websocket-accept") != accepted.decode():
            raise HandshakeRefused(status)

    def send(self, text: str) -> None:
        """Send one text frame, masked (section 5.3). Raises OSError."""
        self._send_frame(_TEXT, text.encode())

    def receive(self, *, seconds: float) -> str:
        """Return the next text. Raises TimeoutError after `seconds`, ConnectionEnded when there will be none."""
        ends_at = monotonic() + seconds
        parts: list[bytes] = []
        while True:
            opcode, is_last, payload = self._receive_frame(ends_at)
            if opcode in (_TEXT, _CONTINUED):
                parts.append(payload)
                if is_last:
                    return b"".join(parts).decode()
            elif opcode == _PING:
                self._send_frame(_PONG, payload)
            elif opcode == _CLOSE:
                raise ConnectionEnded(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else _NO_CODE)

    def close(self) -> None:
        """Say goodbye and close the connection, whatever its state; again does nothing."""
        try:
            self._send_frame(_CLOSE, struct.pack(">H", 1000))
        except OSError:
            pass  # the server was faster
        finally:
            self._stream.close()

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._stream.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def _receive_frame(self, ends_at: float) -> tuple[int, bool, bytes]:
        """Return opcode, whether it is the last part of a message, and payload; a server's frames are not masked."""
        first, second = self._take(2, ends_at)
        size = second & 0x7F
        if size == 126:
            [size] = struct.unpack(">H", self._take(2, ends_at))
        elif size == 127:
            [size] = struct.unpack(">Q", self._take(8, ends_at))
        return first & 0x0F, bool(first & 0x80), self._take(size, ends_at)

    def _take(self, count: int, ends_at: float) -> bytes:
        while len(self._kept) < count:
            self._stream.settimeout(max(0.001, ends_at - monotonic()))
            self._receive_more()
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken

    def _receive_more(self) -> None:
        received = self._stream.recv(65_536)
        if not received:
            raise ConnectionEnded(1006)
        self._kept += received
