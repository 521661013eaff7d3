"""A real server in another process, and clients for it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from realtime_app.sockets.protocol import SUBPROTOCOL

MANAGE = Path(__file__).parents[2] / "manage.py"
DEADLINE = 20.0
Frame = dict[str, Any]


class Address(Protocol):
    """The address of a server of sockets."""

    host: str
    port: int


def environ_for(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process with `folder` as its data folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.test",
        "TODO_DATABASE_URL": f"sqlite:///{folder / 'todo.sqlite3'}",
        "TODO_DATA_DIR": str(folder),
        **more,
    }


class Server:
    """The harness process; `environ` is added to its environment."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.environ = environ_for(folder, **environ)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "realtime_app.tests.harness"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.environ,
            )
        self.host, self.port = self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the server ended:\n{self.log.read_text()}"
        return json.loads(line)

    def do(self, command: str, *arguments: object, **more: object) -> Any:
        """Run a command in the process and return its answer; the first argument may be a user's id."""
        assert self.process.stdin is not None
        named = {"user_id": arguments[0]} if arguments else {}
        self.process.stdin.write(json.dumps({"do": command, **named, **more}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Ask the process to end, and wait until it has ended."""
        try:
            self.process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def user(self) -> "Person":
        made = self.do("make_user")
        return Person(self, made["user_id"], made["access"])


@dataclass
class Person:
    """A user of the server under test."""

    server: Server
    id: int
    access: str

    def ticket(self) -> str:
        answer = self._http("POST", "/api/ws-tickets/")
        assert answer.status_code == 201, answer.text
        ticket: str = answer.json()["ticket"]
        return ticket

    def changes(self, **query: int | str) -> httpx.Response:
        return self._http("GET", "/api/changes/", params=query)

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._http(method, path, json=body)

    def _http(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access}"}
        # Processes have just started, on a machine that may be busy: how fast they answer is tested elsewhere.
        return httpx.request(method, self.server.base_url + path, headers=headers, timeout=30, **more)

    def write(self, count: int = 1, **more: object) -> int:
        head: int = self.server.do("write", self.id, count=count, **more)
        return head

    @contextmanager
    def socket(self, at: Address | None = None, **hello: object) -> "Iterator[Client]":
        """Connect and send a hello with a new ticket."""
        ticket = self.ticket()
        with open_socket(at or self.server) as client:
            client.say("hello", ticket=ticket, **hello)
            yield client


@contextmanager
def sockets_command(environ: dict[str, str], *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Run `manage.py sockets` during the block."""
    command = [sys.executable, str(MANAGE), "sockets", "--skip-checks", *arguments]
    with subprocess.Popen(
        command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass
class SocketsRole:
    """A process of `manage.py sockets` that listens."""

    process: subprocess.Popen[str]
    host: str
    port: int


@contextmanager
def sockets_role(environ: dict[str, str]) -> "Iterator[SocketsRole]":
    """Run the sockets role on a free port."""
    with sockets_command(environ, "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"http://(.*):(\d+)", line)
        assert match, f"it printed {line!r}"
        yield SocketsRole(process, match[1], int(match[2]))


@contextmanager
def open_socket(server: Address, **options: Any) -> "Iterator[Client]":
    """Connect without a hello."""
    options.setdefault("subprotocols", [SUBPROTOCOL])
    url = f"ws://{server.host}:{server.port}/ws/tasks/"
    with connect(url, open_timeout=DEADLINE, close_timeout=2, max_size=None, **options) as connection:
        yield Client(connection)


@dataclass
class Client:
    """A client that acknowledges each event that it reads, by default."""

    connection: ClientConnection
    seen: list[int] = field(default_factory=list)
    unacked: int = 0

    def say(self, type_: str, **fields: object) -> None:
        self.connection.send(json.dumps({"type": type_, **fields}))

    def read(self, *, acking: bool = True, timeout: float = DEADLINE) -> Frame:
        frame: Frame = json.loads(self.connection.recv(timeout=timeout))
        if frame["type"] == "event":
            self.seen.append(frame["sequence"])
            self.unacked += 1
        if acking and self.unacked >= 32:
            self.say("ack", sequence=self.seen[-1])
            self.unacked = 0
        return frame

    def expect(self, type_: str, **fields: object) -> Frame:
        """Read one frame and check it."""
        frame = self.read()
        assert frame["type"] == type_, frame
        assert {name: frame[name] for name in fields} == fields
        return frame

    def until(self, is_it: Callable[[Frame], bool], *, seconds: float = DEADLINE) -> Frame:
        """Read frames up to the wanted one, and return them."""
        ends_at = monotonic() + seconds
        while not is_it(frame := self.read(timeout=max(0.01, ends_at - monotonic()))):
            pass
        return frame

    def until_head(self, sequence: int) -> None:
        self.until(lambda frame: frame["type"] == "head" and frame["sequence"] >= sequence)

    def until_event(self, sequence: int, *, seconds: float = DEADLINE) -> Frame:
        return self.until(
            lambda frame: frame["type"] == "event" and frame["sequence"] >= sequence, seconds=seconds
        )

    def until_closed(self, seconds: float = DEADLINE) -> tuple[int, str]:
        """Read until the server closes; return its code and reason."""
        ends_at = monotonic() + seconds
        with suppress(ConnectionClosed):
            while True:
                self.connection.recv(timeout=max(0.01, ends_at - monotonic()))
        return self.connection.close_code or 0, self.connection.close_reason or ""
