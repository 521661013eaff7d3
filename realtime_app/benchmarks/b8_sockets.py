"""B8: with many open sockets, from the answer 201 of a request to the frame on the socket.

`python -m realtime_app.benchmarks.b8_sockets [--sockets 1000] [--rate 20] [--seconds 10] [--only roles]`

Five sockets for each of 200 users, all in one client process; open loop: `POST /api/tasks/` at fixed moments by
users drawn by the seed. The first request is sent once each socket has had its first `head`: until then the client
itself is busy with its sockets. The first three seconds are not measured either: with the first message, relay and
consumers connect and load modules. The time of a frame is from the moment the client has the whole answer to the moment
it has the frame; a frame that comes before its answer counts as 0. Processor time is that from the first request to
the last frame, with what open sockets cost anyhow: of the process that holds them, by frame, and of all roles, by
request.
One process: `manage.py up` on SQLite. Roles: web, sockets, relay and `consume --all` as processes on PostgreSQL, Redis
and Kafka. Roles, Dapr: the same with `receive` behind daprd, which carries the events over Kafka.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import django
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from devstack.ports import LOOPBACK, http_succeeds, pick
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import QUANTILES, SEED, Table, announce, milliseconds, quantiles

MODULE = "realtime_app.benchmarks.b8_sockets"
SOCKETS_PER_USER = 5
CONNECTING_AT_ONCE = 8
PATIENCE = 60.0
WARM_UP_SECONDS = 3.0
CONSUMERS = ("audit", "notifications", "realtime", "recurrence")
HEADING = ("platform", "sockets", "connected in s", "frames", "missing")


@dataclass
class Seen:
    """When the client had each answer and each frame, by task id."""

    answered: dict[int, float] = field(default_factory=dict)
    frames: dict[int, list[float]] = field(default_factory=dict)
    settled: set[ClientConnection] = field(default_factory=set)
    """The sockets that have had a `head`."""

    def clear(self) -> None:
        """Forget answers and frames."""
        self.answered.clear()
        self.frames.clear()

    def all_came(self) -> bool:
        """Return whether each answer has its frames."""
        return sum(map(len, self.frames.values())) >= len(self.answered) * SOCKETS_PER_USER

    def latencies(self) -> list[float]:
        """Seconds from an answer to each of its frames."""
        return [
            max(0.0, at - self.answered[task_id])
            for task_id, times in self.frames.items()
            if task_id in self.answered
            for at in times
        ]


@dataclass
class Place:
    """Where a platform serves, access tokens of its users, and its processes: that of the sockets first."""

    http: str
    sockets: str
    tokens: list[str]
    roles: list[places.Role]
    drawn: random.Random = field(default_factory=lambda: random.Random(SEED))

    def cpu_seconds(self) -> list[float]:
        """Return what each process has used so far."""
        return [role.cpu_seconds for role in self.roles]


def main() -> None:
    """Measure both ways to run, or the one that an option names."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(act_users(options.users)))
        return
    sizes = {"sockets": options.sockets, "requests_per_second": options.rate, "seconds": options.seconds}
    announce("HTTP 201 → frame on the socket (aim: p95 ≤ 50 ms)", **sizes)
    table = Table((*HEADING, *QUANTILES, "POST p50 ms", "CPU ms a frame", "CPU ms a request"))
    for name, side in SIDES.items():
        if options.only in ("", name):
            with side(options.sockets // SOCKETS_PER_USER) as place:
                if place is not None:
                    asyncio.run(_measure(table, name, place, options))
    table.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=["", *SIDES], default="")
    parser.add_argument("--act", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--users", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def one_process(users: int) -> Iterator[Place | None]:
    """`manage.py up` on SQLite."""
    [port] = pick(1)
    with (
        places.sqlite() as env,
        places.role("up", environment={**env, "TODO_PORT": str(port)}) as role,
    ):
        _wait_for(port)
        url = f"http://{LOOPBACK}:{port}"
        yield Place(url, url, _tokens(env, users), [role])


@contextmanager
def separate_roles(users: int, *, behind: str = "kafka") -> Iterator[Place | None]:
    """The processes of a cluster, with Dapr in front of Kafka or without; None when a service is missing."""
    stack = places.services("postgresql", "redis", "kafka")
    if stack is None:
        yield None
        return
    web, sockets = pick(2)
    with ExitStack() as ending:
        database = ending.enter_context(places.postgresql(stack))
        env = {**database, **places.over_kafka(stack, behind=behind)}
        env["TODO_REDIS_URL"] = f"redis://{stack.redis.endpoint().address}/63"
        places.manage("topics", environment=env)
        consumer = ["consume", "--all"]
        if behind == "dapr":
            [port] = pick(1)
            prefix = env["TODO_TOPIC_PREFIX"]
            sidecar = ending.enter_context(places.sidecar(stack, f"{prefix}0", prefix, port=port))
            env |= {**sidecar.environment(), "TODO_EVENT_TRANSPORT": "dapr"}
            consumer = ["receive", *CONSUMERS, "--host", LOOPBACK, "--port", str(port)]
        commands = (
            ["sockets", "--port", str(sockets)],
            ["web", "--host", LOOPBACK, "--port", str(web), "--processes", "1", "--threads", "4"],
            ["relay"],
            consumer,
        )
        roles = [ending.enter_context(places.role(*command, environment=env)) for command in commands]
        _wait_for(web)
        _wait_for(sockets)
        http, ws = (f"http://{LOOPBACK}:{port}" for port in (web, sockets))
        yield Place(http, ws, _tokens(env, users), roles)


SIDES: Mapping[str, Callable[[int], AbstractContextManager[Place | None]]] = {
    "one process": one_process,
    "roles": separate_roles,
    "roles, Dapr": partial(separate_roles, behind="dapr"),
}


def _wait_for(port: int) -> None:
    assert wait_until(lambda: http_succeeds(port, "/livez"), seconds=PATIENCE), "the platform does not answer"


def _tokens(env: dict[str, str], users: int) -> list[str]:
    tokens: list[str] = places.side(MODULE, "--act", "--users", users, environment=env)
    return tokens


def act_users(count: int) -> list[str]:
    """Insert users without passwords and sign them in; return their access tokens."""
    from accounts_app.models import User  # noqa: PLC0415 - needs django.setup()
    from accounts_app.operations.sign_ins.families import begin_family  # noqa: PLC0415

    users = User.objects.bulk_create(User(username=f"bench{number}") for number in range(count))
    return [begin_family(user).access for user in users]


async def _measure(table: Table, name: str, place: Place, options: argparse.Namespace) -> None:
    seen, began = Seen(), monotonic()
    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(base_url=place.http, timeout=PATIENCE, limits=limits) as client:
        sockets = await _connect_all(client, place)
        connected = monotonic() - began
        readers = [asyncio.create_task(_read(socket, seen)) for socket in sockets]
        await _until(lambda: len(seen.settled) == len(sockets))
        await _post_all(client, place, seen, rate=options.rate, seconds=WARM_UP_SECONDS)
        await _until(seen.all_came)
        seen.clear()
        before = place.cpu_seconds()
        posting = await _post_all(client, place, seen, rate=options.rate, seconds=options.seconds)
        await _until(seen.all_came)
        used = [after - since for since, after in zip(before, place.cpu_seconds(), strict=True)]
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in sockets))
    latencies = seen.latencies()
    wanted = len(seen.answered) * SOCKETS_PER_USER
    table.add(
        name, len(sockets), f"{connected:.0f}", len(latencies), wanted - len(latencies),
        *quantiles(latencies), quantiles(posting)[0],
        milliseconds(used[0] / len(latencies)), milliseconds(sum(used) / len(posting)),
    )  # fmt: skip


async def _connect_all(client: httpx.AsyncClient, place: Place) -> list[ClientConnection]:
    room = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(token: str) -> ClientConnection:
        async with room:
            return await _connect(client, place, token)

    return await asyncio.gather(*(one(token) for token in place.tokens for _ in range(SOCKETS_PER_USER)))


async def _connect(client: httpx.AsyncClient, place: Place, token: str) -> ClientConnection:
    """Open one socket with a ticket of its own, and wait until the server is ready for it."""
    answer = await client.post("/api/ws-tickets/", headers=_authorization(token))
    ticket = answer.raise_for_status().json()["ticket"]
    url = place.sockets.replace("http", "ws", 1) + "/ws/tasks/"
    socket = await connect(url, subprotocols=[Subprotocol("todo.v1")], open_timeout=PATIENCE)
    await socket.send(json.dumps({"type": "hello", "ticket": ticket}))
    frame = json.loads(await socket.recv())
    assert frame["type"] == "ready", frame
    return socket


async def _read(socket: ClientConnection, seen: Seen) -> None:
    """Note when each event came, and acknowledge it."""
    async for text in socket:
        now = monotonic()
        frame = json.loads(text)
        if frame["type"] == "head":
            seen.settled.add(socket)
        if frame["type"] == "event":
            seen.frames.setdefault(frame["task_id"], []).append(now)
            await socket.send(json.dumps({"type": "ack", "sequence": frame["sequence"]}))


async def _post_all(
    client: httpx.AsyncClient, place: Place, seen: Seen, *, rate: float, seconds: float
) -> list[float]:
    """Create tasks at fixed moments, however slow the answers are; return how long each took."""
    began = monotonic()

    async def one(number: int) -> float:
        await asyncio.sleep(max(0.0, began + number / rate - monotonic()))
        sent = monotonic()
        token = place.drawn.choice(place.tokens)
        answer = await client.post("/api/tasks/", json={"title": "Water"}, headers=_authorization(token))
        now = monotonic()
        assert answer.status_code == 201, answer.text
        seen.answered[answer.json()["id"]] = now
        return now - sent

    return await asyncio.gather(*(one(number) for number in range(int(rate * seconds))))


async def _until(is_true: Callable[[], bool]) -> None:
    """Wait until it is true, or until patience ends."""
    give_up_at = monotonic() + PATIENCE
    while not is_true() and monotonic() < give_up_at:
        await asyncio.sleep(0.05)


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


if __name__ == "__main__":
    main()
