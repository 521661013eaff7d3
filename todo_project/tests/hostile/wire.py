"""Requests written byte by byte, as no HTTP library would, and what a process keeps of them on disk."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from todo_project.tests.platform.roles import PATIENCE, Role


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0: nothing), the head in lower case, the body as far as it was sent."""

    status: int
    head: bytes
    body: bytes

    @property
    def closes(self) -> bool:
        return b"connection: close" in self.head


class Wire:
    """One connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        self._received = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_all_taken(self, pieces: Iterable[bytes]) -> int:
        """Send until the other side takes no more; return how many bytes it took."""
        taken = 0
        with suppress(OSError):
            for piece in pieces:
                taken += self._socket.send(piece)
        return taken

    def answer(self, *, seconds: float = PATIENCE) -> Answer:
        """Read one answer, to the end of its body."""
        ends_at = monotonic() + seconds
        while b"\r\n\r\n" not in self._received and self._read(ends_at):
            pass
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        head = head.lower()
        while len(self._received) < _length(head) and self._read(ends_at):
            pass
        body, self._received = self._received[: _length(head)], self._received[_length(head) :]
        return Answer(int(head.split(b" ")[1]) if head else 0, head, body)

    def drip(self, data: bytes, *, every: float, seconds: float = PATIENCE) -> float:
        """Send a byte at a time until the other side closes; return after how many seconds it did."""
        began, rest = monotonic(), iter(data)
        with suppress(OSError):
            while monotonic() - began < seconds:
                self._socket.send(bytes([next(rest)]))
                if not self._waits(every):
                    break
        return monotonic() - began

    def is_closed(self, *, seconds: float = PATIENCE) -> bool:
        """Whether the other side closes within `seconds`."""
        ends_at = monotonic() + seconds
        try:
            while self._read(ends_at):
                pass
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()

    def _read(self, ends_at: float) -> bool:
        self._socket.settimeout(max(0.01, ends_at - monotonic()))
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            return False
        self._received += data
        return bool(data)

    def _waits(self, seconds: float) -> bool:
        """Read for so long; whether the other side still waits for more."""
        with suppress(TimeoutError):
            return self._read(monotonic() + seconds)
        return True


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """A connection for the block."""
    connection = Wire(url)
    try:
        yield connection
    finally:
        connection.close()


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request for localhost."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode("latin1") + body


def exchange(url: str, data: bytes) -> Answer:
    """Send this, read one answer."""
    with wire(url) as connection:
        connection.send(data)
        return connection.answer()


def stored_bytes(role: Role, folder: Path) -> int:
    """How much a role, with its children, keeps in files below `folder`, removed ones that are open included."""
    return sum(_size(link) for pid in _session(role.pid) for link in _descriptors(pid, folder))


def _session(leader: int) -> Iterator[int]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(ProcessLookupError):
            if os.getsid(int(name)) == leader:
                yield int(name)


def _descriptors(pid: int, folder: Path) -> Iterator[str]:
    with suppress(FileNotFoundError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            link = f"/proc/{pid}/fd/{number}"
            with suppress(FileNotFoundError):
                if os.readlink(link).startswith(str(folder)):
                    yield link


def _size(link: str) -> int:
    with suppress(FileNotFoundError):
        return os.stat(link).st_size
    return 0


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
