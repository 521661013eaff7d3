"""Two HTTP servers, asked the same in turn: how long each call takes, and how the two compare.

`python -m todo_project.benchmarks.side_by_side http://127.0.0.1:8001 http://127.0.0.1:8002`

For this platform before and after a change, or beside another one. Both servers run already, each on data of its own;
`--first-calls` and `--second-calls` name JSON files that describe what to ask of a server that is not this platform
(`python -m todo_project.benchmarks.side_by_side --format` prints how). In each round each server gets so many calls of
a kind over one connection that stays open, and who is first changes from round to round; then both are asked for the
list over many connections in a closed loop. The client is one process that does as little as HTTP allows; it shares
the processors. A ratio is that of the first server to the second: of p50, below 1 the first is faster; of requests
a second, above 1 it is.
"""

import argparse
import asyncio
import json
import re
import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any
from urllib.parse import urlsplit

from events_app.benchmarks.measure import Table, announce, milliseconds, percentile, spread
from todo_project.benchmarks import described_server
from todo_project.benchmarks.described_server import (
    Call,
    DescriptionError,
    ServerDescription,
    Step,
    fill_in,
    read_description,
    value_at,
)

WARM_UP_CALLS = 20
PATIENCE_SECONDS = 30.0
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Connection:
    """One connection that stays open; it is opened anew when the server has closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, headers: str, body: bytes) -> tuple[int, bytes]:
        """Send one request; return the status and the body of its answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{headers}"
        if body or method != "GET":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answered = await reader.readuntil(b"\r\n\r\n")
            content = await _read_body(reader, answered)
        if re.search(rb"connection: *close", answered, re.IGNORECASE):
            self.close()
        return int(answered.split(b" ", 2)[1]), content

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if length := _LENGTH.search(head):
        return await reader.readexactly(int(length[1]))
    if head.split(b" ", 2)[1] in (b"204", b"304"):
        return b""
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):  # RFC 9112, section 7.1
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


class Server:
    """A server that is measured: one user on it, and what was kept of its answers."""

    def __init__(self, url: str, description: ServerDescription, tasks: int) -> None:
        self.url, self._description, self._tasks = url, description, tasks
        self._connection = Connection(url)
        self._numbers = count(1)
        self._values: dict[str, object] = {"run": secrets.token_hex(4)}
        self._headers = ""

    async def begin(self) -> None:
        """Sign in, and make the tasks that are there beforehand."""
        for call in self._description.setup:
            await self._do(call)
        wanted = fill_in(dict(self._description.headers), self._values)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in wanted.items())
        for _ in range(self._tasks):
            await self._do(self._description.fill)

    async def _do(self, call: Call) -> float:
        """Make one call, keep what is to be kept, and return how long it took. Raises DescriptionError."""
        method, path, body = self._filled(call)
        began = perf_counter()
        status, answer = await self._connection.ask(method, path, self._headers, body)
        taken = perf_counter() - began
        if not 200 <= status < 300:
            raise DescriptionError(f"{self.url}: {method} {path} answered {status}: {answer[:300]!r}")
        if call.keep:
            read = json.loads(answer)
            self._values |= {name: value_at(read, pointer) for name, pointer in call.keep.items()}
        return taken

    def _filled(self, call: Call) -> tuple[str, str, bytes]:
        values = {**self._values, "n": next(self._numbers)}
        body = b"" if call.body is None else json.dumps(fill_in(call.body, values)).encode()
        return call.method, fill_in(call.path, values), body

    async def time_step(self, name: str) -> float:
        """Do one step and return the seconds of its call, until its effect is seen where that is asked for."""
        step: Step = self._description.steps[name]
        for call in step.before:
            await self._do(call)
        if step.until is None:
            return await self._do(step.call)
        began = perf_counter()
        await self._do(step.call)
        while not await self._is_seen(step):
            if perf_counter() - began > PATIENCE_SECONDS:
                raise DescriptionError(f"{self.url}: the effect of {name!r} is not seen")
        return perf_counter() - began

    async def _is_seen(self, step: Step) -> bool:
        assert step.until is not None
        method, path, body = self._filled(step.until)
        _, answer = await self._connection.ask(method, path, self._headers, body)
        return value_at(json.loads(answer), step.value) not in (None, self._values.get("id"))

    async def rate(self, name: str, connections: int, seconds: float) -> tuple[float, float, int]:
        """Repeat one call over many connections in a closed loop; return calls a second, p95, and failures."""
        call, failed, taken = self._description.steps[name].call, 0, list[float]()
        until = monotonic() + seconds

        async def one() -> None:
            nonlocal failed
            connection = Connection(self.url)
            while monotonic() < until:
                method, path, body = self._filled(call)
                began = perf_counter()
                status, _ = await connection.ask(method, path, self._headers, body)
                taken.append(perf_counter() - began)
                failed += not 200 <= status < 300
            connection.close()

        await asyncio.gather(*(one() for _ in range(connections)))
        return len(taken) / seconds, percentile(taken, 95), failed


async def compare(servers: tuple[Server, Server], options: argparse.Namespace) -> None:
    """Measure both servers in turn and print the tables."""
    for server in servers:
        await server.begin()
    both = servers[0]._description.steps.keys() & servers[1]._description.steps.keys()
    names = [name for name in servers[0]._description.steps if name in both]
    calls = Table(("call", "first p50 ms (rounds)", "second p50 ms (rounds)", "ratio (rounds)"))
    for name in names:
        calls.add(name, *await _compare_call(servers, name, options))
    calls.show()
    rates = Table(
        ("connections", "call", "first/s (rounds)", "second/s (rounds)", "ratio (rounds)", "p95 ms", "failed")
    )
    for name in options.loads:
        rates.add(options.connections, name, *await _compare_rate(servers, name, options))
    rates.show()


def _turns(servers: tuple[Server, Server], rounds: int) -> Iterator[tuple[int, Server]]:
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        yield from ((at, servers[at]) for at in order)


async def _compare_call(servers: tuple[Server, Server], name: str, options: argparse.Namespace) -> list[str]:
    for server in servers:
        for _ in range(WARM_UP_CALLS):
            await server.time_step(name)
    p50: tuple[list[float], list[float]] = ([], [])
    for at, server in _turns(servers, options.rounds):
        p50[at].append(median([await server.time_step(name) for _ in range(options.calls)]))
    ratios = [first / second for first, second in zip(*p50, strict=True)]
    return [*(spread([each * 1000 for each in one], ".2f") for one in p50), spread(ratios, ".2f")]


async def _compare_rate(servers: tuple[Server, Server], name: str, options: argparse.Namespace) -> list[Any]:
    rates: tuple[list[float], list[float]] = ([], [])
    p95: tuple[list[float], list[float]] = ([], [])
    failed = [0, 0]
    for at, server in _turns(servers, options.rounds):
        rate, late, wrong = await server.rate(name, options.connections, options.seconds)
        rates[at].append(rate)
        p95[at].append(late)
        failed[at] += wrong
    ratios = [first / second for first, second in zip(*rates, strict=True)]
    cells = [*(spread(one) for one in rates), spread(ratios, ".2f")]
    return [*cells, " / ".join(milliseconds(median(one)) for one in p95), " / ".join(map(str, failed))]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", nargs="?", help="address of a server, such as http://127.0.0.1:8000")
    parser.add_argument("second", nargs="?", help="address of the other")
    parser.add_argument("--first-calls", type=Path, help="JSON file with its calls; default: this platform's")
    parser.add_argument("--second-calls", type=Path, help="the same of the other")
    parser.add_argument("--tasks", type=int, default=1000, help="that are there beforehand, on each server")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100, help="of each kind in each round")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--loads", nargs="*", default=["list"], help="calls to repeat over many connections")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each such round")
    parser.add_argument("--format", action="store_true", help="print how servers are described, and end")
    options = parser.parse_args()
    if not options.format and not options.second:
        parser.error("the addresses of two servers are needed")
    return options


def main() -> None:
    """Measure as the command line says."""
    options = _options()
    if options.format:
        print(f"{described_server.__doc__}\nThis platform:\n\n{json.dumps(described_server.OURS, indent=2)}")
        return
    announce(
        f"First {options.first}, second {options.second}, in turn",
        tasks=options.tasks, rounds=options.rounds, calls=options.calls, seconds=options.seconds,
    )  # fmt: skip
    try:
        servers = (
            Server(options.first, read_description(options.first_calls), options.tasks),
            Server(options.second, read_description(options.second_calls), options.tasks),
        )
        asyncio.run(compare(servers, options))
    except DescriptionError as error:
        raise SystemExit(f"side_by_side: {error}") from None


if __name__ == "__main__":
    main()
