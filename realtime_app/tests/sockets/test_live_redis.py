"""Sockets in one process, the engine in another, with a Redis between them that stops and returns."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import monotonic

import pytest

from devstack import Stack, temporary_stack
from devstack.testing import require_services
from realtime_app.sockets.hub import GROUPS_SECONDS, HEADS_SECONDS
from realtime_app.tests.live import Client, Person, Server, SocketsRole, sockets_role

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Yield a separate Redis, since the test stops it."""
    require_services("redis")
    with temporary_stack("redis") as own:
        yield own


@pytest.fixture
def server(stack: Stack, tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, TODO_REDIS_URL=stack.redis.url())
    yield running
    running.close()


@pytest.fixture
def role(server: Server) -> Iterator[SocketsRole]:
    with sockets_role(server.environ) as running:
        yield running


LISTEN = """
import asyncio, django
django.setup()
from channels.layers import get_channel_layer
from redis._defaults import DEFAULT_SOCKET_TIMEOUT

async def listen():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("user.42", channel)
    waiting = asyncio.create_task(layer.receive(channel))
    await asyncio.wait([waiting], timeout=1.5 * DEFAULT_SOCKET_TIMEOUT)
    await layer.group_send("user.42", {"type": "log.range"})
    async with asyncio.timeout(20):
        print((await waiting)["type"])

asyncio.run(listen())
"""


def test_who_hears_nothing_for_a_while_goes_on_listening(server: Server) -> None:
    listened = subprocess.run(
        [sys.executable, "-c", LISTEN], env=server.environ, capture_output=True, text=True, check=False
    )
    assert (listened.stdout, listened.stderr) == ("log.range\n", "")


def seconds_to_arrive(person: Person, client: Client) -> float:
    began = monotonic()
    client.until_event(person.write(), seconds=3 * HEADS_SECONDS)
    return monotonic() - began


def test_pushes_reach_another_process_and_its_sockets_outlive_redis(
    server: Server, role: SocketsRole, stack: Stack
) -> None:
    person = server.user()
    with person.socket(role) as client:
        client.until_head(0)
        assert median(seconds_to_arrive(person, client) for _ in range(5)) < HEADS_SECONDS / 4, "by push"

        stack.down("redis")
        assert all(seconds_to_arrive(person, client) < 3 * HEADS_SECONDS for _ in range(2)), "by watching"
        with person.socket(role, after=0) as another:
            another.until_event(7)
            assert another.seen == list(range(1, 8))

        stack.require("redis")
        ends_at = monotonic() + 2 * GROUPS_SECONDS
        while median(seconds_to_arrive(person, client) for _ in range(3)) > HEADS_SECONDS / 4:
            assert monotonic() < ends_at, "pushes did not come back"
        assert client.seen == list(range(1, len(client.seen) + 1))
