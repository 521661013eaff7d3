"""B2: lists of 50 over 50 connections in a closed loop, beside a plain view of the same server.

`python -m tasks_app.benchmarks.b2_load [--total 200000] [--connections 50] [--seconds 5] [--rounds 3]`

`manage.py web` with two processes on PostgreSQL; 50 users, each with tasks of their own; a list is one of priority
and tag in due order. The plain view is `/livez`, with neither login nor database. Rounds of both alternate. The
client is a process of its own and shares the processors.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from time import monotonic, perf_counter

from events_app.benchmarks import places
from events_app.benchmarks.measure import SEED, Table, announce, milliseconds, percentile, spread
from tasks_app.benchmarks.bare_http import BareHttp
from tasks_app.benchmarks.filling import fill
from tasks_app.benchmarks.serving import add_role, database, described, served, server_settings

MODULE = "tasks_app.benchmarks.b2_load"
WARM_UP_SECONDS = 1.0


def main() -> None:
    """Measure, or run as the client of a measurement."""
    options = _options()
    if options.client:
        print(json.dumps(asyncio.run(_ask(json.loads(options.client)))))
        return
    announce(
        "Lists of 50 in a closed loop (aim: ≥ 800 requests/s, p95 ≤ 100 ms)",
        tasks_in_all=f"{options.total:,}", connections=options.connections, rounds=options.rounds,
        seconds=options.seconds, processes=options.processes, threads=options.threads,
    )  # fmt: skip
    with database("PostgreSQL") as environment:
        if environment is None:
            raise SystemExit(1)
        sizes = [options.total // 2 // options.connections] * options.connections
        tokens = fill(environment, sizes=sizes, total=options.total, words=False)
        print(server_settings(environment))
        with served(environment, processes=options.processes, threads=options.threads) as url:
            _measure(url, tokens, options)


def _options() -> argparse.Namespace:
    parser = described(__doc__)
    parser.add_argument("--total", type=int, default=200_000, help="tasks of all users")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    add_role(parser)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(url: str, tokens: Sequence[str], options: argparse.Namespace) -> None:
    table = Table(("view", "requests/s, median (rounds)", "p50 ms", "p95 ms", "max ms", "not 200"))
    found: dict[str, list[list[float]]] = {"list of 50": [], "plain view": []}
    failed = dict.fromkeys(found, 0)
    for _ in range(options.rounds):
        for view, rounds in found.items():
            asked = {"url": url, "tokens": tokens, "seconds": options.seconds, "plain": view == "plain view"}
            done = places.side(MODULE, "--client", json.dumps(asked), environment=places.environment({}))
            rounds.append(done["seconds"])
            failed[view] += done["failed"]
    for view, rounds in found.items():
        every = [each for one in rounds for each in one]
        rates = spread([len(one) / options.seconds for one in rounds])
        table.add(view, rates, *(milliseconds(percentile(every, at)) for at in (50, 95, 100)), failed[view])
    table.show()


async def _ask(asked: dict[str, object]) -> dict[str, object]:
    """Ask over one connection for each token until time is up; return how long each answer took."""
    tokens, plain, seconds = asked["tokens"], asked["plain"], asked["seconds"]
    assert isinstance(tokens, list)
    assert isinstance(seconds, float)
    clients = [BareHttp(str(asked["url"]), token) for token in tokens]
    taken: list[float] = []
    from_ = monotonic() + WARM_UP_SECONDS
    until = from_ + seconds

    async def one(number: int, client: BareHttp) -> int:
        chance, failed = random.Random(SEED + number), 0
        while monotonic() < until:
            began = perf_counter()
            is_good = (await client.ask("GET", "/livez" if plain else _path(chance))).status == 200
            if from_ <= monotonic() < until and is_good:
                taken.append(perf_counter() - began)
            failed += not is_good
        await client.close()
        return failed

    failures = await asyncio.gather(*(one(number, client) for number, client in enumerate(clients)))
    return {"seconds": taken, "failed": sum(failures)}


def _path(chance: random.Random) -> str:
    priority = chance.choice(("low", "medium", "high"))
    return f"/api/tasks/?priority={priority}&tag=tag{chance.randrange(10)}"


if __name__ == "__main__":
    main()
