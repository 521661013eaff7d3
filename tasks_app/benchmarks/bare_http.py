"""An HTTP client that costs a benchmark little: it shares the processors with the server that it measures."""

import asyncio
import json
import re
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from devstack.ports import LOOPBACK

_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_LAST: Final = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    body: bytes
    is_last: bool = False
    """Whether the server closes the connection after it."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def content(self) -> Any:
        """Return the JSON of an answer that must be a success."""
        assert self.is_success, (self.status, self.body)
        return json.loads(self.body)


class BareHttp:
    """A client of one server, signed in by a token, with as many connections as it asks at once; they stay open."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._token = token
        self._free: list[Connection] = []

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None, key: str | None = None
    ) -> Answer:
        """Send a request, as the user of another token if one is given, with an Idempotency-Key; return the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        keyed = "" if key is None else f"Idempotency-Key: {key}\r\n"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {token or self._token}\r\n"
            f"{keyed}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        connection = self._free.pop() if self._free else await self._connect()
        answer = await _exchange(connection, head.encode() + content)
        if answer.is_last:
            connection[1].close()
        else:
            self._free.append(connection)
        return answer

    async def close(self) -> None:
        """Close all connections."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()

    async def _connect(self) -> Connection:
        return await asyncio.open_connection(self._address.hostname, self._address.port)


async def _exchange(connection: Connection, request: bytes) -> Answer:
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length is not None, head
    body = await reader.readexactly(int(length[1]))
    return Answer(int(head[9:12]), body, _LAST.search(head) is not None)
