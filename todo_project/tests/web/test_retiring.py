"""Processes of the web role that retire: whoever keeps a connection open notices nothing but `Connection: close`."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.ports import LOOPBACK, http_succeeds, pick
from devstack.waiting import wait_until
from realtime_app.tests.live import MANAGE, environ_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PATIENCE = 120.0


@contextmanager
def web_role(folder: Path, *options: str) -> Iterator[tuple[int, int]]:
    """Run `manage.py web` during the block; yield its port and process id."""
    [port] = pick(1)
    environ = environ_for(folder, TODO_LOG_LEVEL="ERROR")
    subprocess.run([sys.executable, str(MANAGE), "migrate", "-v0"], env=environ, check=True)
    command = [sys.executable, str(MANAGE), "web", "--host", LOOPBACK, "--port", str(port), *options]
    with subprocess.Popen(command, env=environ) as process:
        try:
            assert wait_until(lambda: http_succeeds(port, "/livez"), seconds=PATIENCE)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


class Client:
    """Sends one request after the other over a connection that it keeps open until it is told that it closes."""

    def __init__(self, port: int, *, lingers: bool) -> None:
        self._port, self._lingers = port, lingers
        self.answered = self.told = 0
        self._kept: list[asyncio.StreamWriter] = []

    async def ask(self, times: int) -> None:
        """Ask so often. A connection that ends unannounced raises ConnectionError or IncompleteReadError."""
        streams = None
        for _ in range(times):
            reader, writer = streams = streams or await asyncio.open_connection(LOOPBACK, self._port)
            writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).lower()
            assert head.startswith(b"http/1.1 200"), head
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
            self.answered += 1
            if b"connection: close" in head:
                self.told += 1
                self._leave(writer)
                streams = None
        for writer in [*self._kept, *([streams[1]] if streams else [])]:
            writer.close()

    def _leave(self, writer: asyncio.StreamWriter) -> None:
        """Close at once, or, as some clients do, only at the end."""
        if self._lingers:
            self._kept.append(writer)
        else:
            writer.close()


async def ask_all(port: int, *, clients: int, times: int, lingering: int = 0) -> list[Client]:
    """Ask with many clients, some of which linger; raise what the first one meets."""
    asking = [Client(port, lingers=number < lingering) for number in range(clients)]
    await asyncio.gather(*(client.ask(times) for client in asking))
    return asking


def workers_of(pid: int) -> set[int]:
    """Return the processes that the web role has started."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.mark.parametrize("lingering", [0, 4])
def test_no_request_is_lost_when_processes_retire_often(tmp_path: Path, lingering: int) -> None:
    with web_role(tmp_path, "--processes", "2", "--threads", "2", "--max-requests", "100") as (port, pid):
        before = workers_of(pid)
        clients = asyncio.run(ask_all(port, clients=12, times=100, lingering=lingering))
        assert sum(client.answered for client in clients) == 12 * 100
        assert sum(client.told for client in clients) >= 12 * 100 // 110
        assert not before & workers_of(pid)


def test_no_request_is_lost_when_a_process_is_asked_to_end(tmp_path: Path) -> None:
    with web_role(tmp_path, "--processes", "2", "--threads", "2") as (port, pid):
        before = workers_of(pid)

        async def run() -> list[Client]:
            asking = asyncio.create_task(ask_all(port, clients=12, times=100))
            await asyncio.sleep(0)
            os.kill(min(before), signal.SIGTERM)
            return await asking

        clients = asyncio.run(run())
        assert sum(client.answered for client in clients) == 12 * 100


@pytest.mark.skipif(
    "RETIRING_REQUESTS" not in os.environ, reason="a minute or more: RETIRING_REQUESTS=100000"
)
def test_as_many_requests_as_wanted_meet_no_reset(tmp_path: Path) -> None:
    wanted = int(os.environ["RETIRING_REQUESTS"])
    with web_role(tmp_path, "--processes", "2", "--threads", "4", "--max-requests", "5000") as (port, pid):
        before = workers_of(pid)
        clients = asyncio.run(ask_all(port, clients=50, times=wanted // 50))
        assert sum(client.answered for client in clients) == wanted // 50 * 50
        assert not before & workers_of(pid)
