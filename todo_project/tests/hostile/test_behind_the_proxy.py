"""Requests that arrive byte by byte hold a thread of `web` for as long as their senders like; behind the proxy none."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from todo_project.tests.platform.people import register
from todo_project.tests.platform.proxy import proxy
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.up.starting import installation, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

THREADS = 8
SLOW_CLIENTS = THREADS + 2
DRIP_SECONDS = 0.5
HEAD = "POST /api/auth/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HALF_HEAD = f"{HEAD}X-Never-Ends: "
HALF_BODY = f'{HEAD}Content-Length: 1000\r\n\r\n{{"username": "'


@dataclass(frozen=True)
class Web:
    """`manage.py web` with few threads at `port`, and the URL of the proxy in front of it and of the sockets."""

    url: str
    port: int


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("slow-clients")
    environment = installation(folder, TODO_TRUSTED_PROXIES="1", TODO_REGISTRATION="open")
    done = run_manage("migrate", "--verbosity", "0", environment=environment)
    assert done.returncode == 0, done.stderr
    web, sockets = pick(2)
    size = ("--processes", "1", "--threads", str(THREADS))
    with (
        _role(folder, environment, "web", web, *size),
        _role(folder, environment, "sockets", sockets),
        proxy(folder, web=web, sockets=sockets) as url,
    ):
        yield Web(url, web)


@contextmanager
def _role(folder: Path, environment: dict[str, str], name: str, port: int, *more: str) -> Iterator[None]:
    arguments = ["manage.py", name, "--host", LOOPBACK, "--port", str(port), *more]
    role = Role(arguments, environment=environment, log=folder / f"{name}.log")
    try:
        assert wait_until(lambda: answers(f"http://{LOOPBACK}:{port}/livez"), seconds=PATIENCE), role.tail
        yield
    finally:
        role.kill()


def answers(url: str, *, seconds: float = 5.0) -> bool:
    """Whether this URL is answered in time, whatever the answer is."""
    try:
        return httpx.get(url, timeout=seconds).status_code < 500
    except httpx.TransportError:
        return False


@contextmanager
def held(port: int, start: str) -> Iterator[list[socket.socket]]:
    """Slow clients that have sent this much and send no more."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection((LOOPBACK, port), PATIENCE))
            for _ in range(SLOW_CLIENTS)
        ]
        for client in clients:
            client.sendall(start.encode())
        yield clients


@contextmanager
def dripping(port: int, start: str) -> Iterator[list[socket.socket]]:
    """Slow clients that go on, byte by byte."""
    enough = threading.Event()

    def drip(client: socket.socket) -> None:
        while not enough.wait(DRIP_SECONDS):
            try:
                client.sendall(b"x")
            except OSError:
                return  # the server has had enough

    with held(port, start) as clients:
        threads = [threading.Thread(target=drip, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield clients
        finally:
            enough.set()
            for thread in threads:
                thread.join()


Attack = Callable[[int, str], AbstractContextManager[list[socket.socket]]]
ATTACKS: dict[str, tuple[Attack, str]] = {
    "half a head": (held, HALF_HEAD),
    "half a body": (held, HALF_BODY),
    "a head in drips": (dripping, HALF_HEAD),
    "a body in drips": (dripping, HALF_BODY),
}


def attack(name: str, port: int) -> AbstractContextManager[list[socket.socket]]:
    how, start = ATTACKS[name]
    return how(port, start)


@pytest.mark.parametrize("name", ATTACKS)
def test_slow_clients_do_not_stop_web_behind_the_proxy(web: Web, name: str) -> None:
    port = urlsplit(web.url).port or 0
    with attack(name, port):
        assert all(answers(f"{web.url}/api/tasks/", seconds=PATIENCE) for _ in range(20))
        assert answers(f"http://{LOOPBACK}:{web.port}/livez", seconds=PATIENCE)


@pytest.mark.parametrize("name", ["half a head", "half a body"])
def test_without_it_they_do(web: Web, name: str) -> None:
    """What the tests above do is an attack: the same clients, sent to `web` itself, stop it while they last."""
    url = f"http://{LOOPBACK}:{web.port}/livez"
    with attack(name, web.port):
        assert wait_until(lambda: not answers(url), seconds=PATIENCE)
    assert wait_until(lambda: answers(url), seconds=PATIENCE)


def test_a_head_must_be_complete_within_ten_seconds(web: Web) -> None:
    port = urlsplit(web.url).port or 0
    with attack("a head in drips", port) as clients:
        for client in clients:
            client.settimeout(PATIENCE)
            wait_for_end(client)


def wait_for_end(client: socket.socket) -> None:
    """Read until the server ends the connection. Raises TimeoutError when it does not."""
    with suppress(ConnectionResetError):
        while client.recv(4096):
            pass


def test_sockets_work_through_the_proxy(web: Web) -> None:
    person = register(web.url, "through-the-proxy")
    with person.socket(web.url) as socket_:
        socket_.say("ping")
        assert socket_.until(lambda frame: frame["type"] == "pong")


def smoke_tests() -> list[tuple[str, str]]:
    """The commands at the end of the page for operators, each with the status that it says."""
    page = (REPOSITORY / "docs" / "operate" / "before-you-expose-it.md").read_text()
    lines = page.partition("## Smoke test")[2].splitlines()
    pairs = (line.rsplit("# ", 1) for line in lines if "$TODO/" in line)
    return [(command.strip(), status) for command, status in pairs]


def test_the_page_has_a_smoke_test_of_every_kind() -> None:
    assert {status for _, status in smoke_tests()} >= {"400", "401", "404", "413", "429"}


@pytest.mark.parametrize(("command", "status"), smoke_tests())
def test_the_smoke_test_says_what_the_page_says(web: Web, command: str, status: str) -> None:
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "TODO": web.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE,
    )
    assert done.stdout.strip() == status, done.stderr
