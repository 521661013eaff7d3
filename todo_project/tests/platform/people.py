"""A person who uses the platform over HTTP and a socket."""

import json
import socket as sockets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from devstack import plain_http
from todo_project.tests.platform.roles import PATIENCE

PASSWORD = "correct horse battery staple"
Json = dict[str, Any]


@dataclass
class Person:
    """Somebody signed in at `url`, who knows the platform as `host`; by its address without one."""

    url: str
    id: int
    access: str
    host: str = ""

    def call(self, method: str, path: str, body: object = None, *, expect: int = 200, **more: Any) -> Any:
        """Call the API, expect this status, return the body."""
        answer = self.send(method, path, body, **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Call the API and return whatever it answers."""
        headers = {"Authorization": f"Bearer {self.access}", **host_header(self.host)}
        return plain_http.request(
            method, self.url + path, json=body, headers=headers, timeout=PATIENCE, **more
        )

    @contextmanager
    def socket(self, sockets_url: str, **hello: object) -> "Iterator[Socket]":
        """Connect with a fresh ticket; `after` in `hello` resumes."""
        ticket = self.call("POST", "/api/ws-tickets/", expect=201)["ticket"]
        at = urlsplit(sockets_url)
        with connect(
            f"ws://{self.host or at.hostname}:{at.port}/ws/tasks/",
            sock=sockets.create_connection((at.hostname or "", at.port or 80), PATIENCE),
            open_timeout=PATIENCE,
            close_timeout=2,
            subprotocols=[Subprotocol("todo.v1")],
        ) as connection:
            socket = Socket(connection)
            socket.say("hello", ticket=ticket, **hello)
            socket.until(lambda frame: frame["type"] == "ready")
            yield socket


def host_header(host: str) -> dict[str, str]:
    """The header of a call to the platform under this name; none for its address."""
    return {"Host": host} if host else {}


def register(url: str, username: str, host: str = "") -> Person:
    """Become a user, as anyone does."""
    body = {"username": username, "password": PASSWORD, "time_zone": "Europe/Madrid"}
    answer = plain_http.post(
        f"{url}/api/auth/register/", json=body, headers=host_header(host), timeout=PATIENCE
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Person(url, int(told["user"]["id"]), told["access"], host)


@dataclass
class Socket:
    """The client's end: acknowledges what it reads, keeps the events."""

    connection: ClientConnection
    events: list[Json] = field(default_factory=list)

    @property
    def sequences(self) -> list[int]:
        return [event["sequence"] for event in self.events]

    def say(self, type_: str, **fields: object) -> None:
        self.connection.send(json.dumps({"type": type_, **fields}))

    def read(self, timeout: float) -> Json:
        frame: Json = json.loads(self.connection.recv(timeout=timeout))
        if frame["type"] == "event":
            self.events.append(frame)
            if len(self.events) % 16 == 0:
                self.say("ack", sequence=frame["sequence"])
        return frame

    def until(self, is_it: Callable[[Json], bool], *, seconds: float = PATIENCE) -> Json:
        """Read up to the frame that is wanted."""
        ends_at = monotonic() + seconds
        while not is_it(frame := self.read(max(0.01, ends_at - monotonic()))):
            pass
        return frame

    def until_event(self, is_it: Callable[[Json], bool]) -> Json:
        """Read up to an event that is wanted; one that was read already will do."""
        for event in self.events:
            if is_it(event):
                return event
        return self.until(lambda frame: frame["type"] == "event" and is_it(frame))
