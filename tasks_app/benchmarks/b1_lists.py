"""B1: a list of 50 (priority and tag, due order) for users with more and more tasks among those of many others.

`python -m tasks_app.benchmarks.b1_lists [--total 200000] [--rounds 3] [--requests 40] [--only SQLite]`

One client with one connection asks a web role of one process, through HTTP, authentication and JSON. Each round asks
for the users of all sizes in turn, so that the machine's other load is shared among them. Deep: the page after
900, or half of what there is. `--total 1000000` is the aim's size; loading takes minutes then.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from functools import partial

import httpx

from events_app.benchmarks.measure import SEED, Table, announce, milliseconds, spread
from tasks_app.benchmarks.filling import fill
from tasks_app.benchmarks.serving import (
    Timing,
    add_only,
    client,
    described,
    on_each_database,
    served,
    server_settings,
    timed,
)

SIZES = (1_000, 10_000, 100_000)
WARM_UP = 20
QUERIES = {
    "priority and tag": "?priority={priority}&tag={tag}",
    "no filter": "?",
    "pending, newest": "?status=pending&sort_by=created_at&order=desc",
    "title, descending": "?sort_by=title&order=desc",
    "most urgent first": "?sort=-priority,due_date",
}


def main() -> None:
    """Measure on both databases, or on the given one."""
    options = _options()
    announce(
        "A list of 50 (aim: p95 at 10⁵ at most 1.5 times that at 10³)",
        tasks_in_all=f"{options.total:,}", rounds=options.rounds, requests=options.requests,
    )  # fmt: skip
    on_each_database(options.only, partial(_measure, options=options))


def _options() -> argparse.Namespace:
    parser = described(__doc__)
    parser.add_argument("--total", type=int, default=200_000, help="tasks of all users")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=40, help="in each round, for each line")
    add_only(parser)
    return parser.parse_args()


def _measure(name: str, environment: Mapping[str, str], *, options: argparse.Namespace) -> None:
    tokens = fill(environment, sizes=SIZES, total=options.total, words=False)
    print(f"\n{name}: {server_settings(environment)}")
    found: dict[tuple[str, int], list[Timing]] = {}
    with served(environment, processes=1, threads=2) as url:
        for _ in range(options.rounds):
            for size, token in zip(SIZES, tokens, strict=True):
                with client(url, token) as asking:
                    for line, timing in _round(asking, size, options.requests):
                        found.setdefault((line, size), []).append(timing)
    _show(found)


def _round(asking: httpx.Client, size: int, requests: int) -> Sequence[tuple[str, Timing]]:
    chance = random.Random(SEED)
    timed(asking, _paths(QUERIES["no filter"], chance, WARM_UP))
    lines = [(line, timed(asking, _paths(query, chance, requests))) for line, query in QUERIES.items()]
    return [*lines, ("deep, no filter", timed(asking, [_deep(asking, size)] * requests))]


def _paths(query: str, chance: random.Random, count: int) -> list[str]:
    return [
        "/api/tasks/"
        + query.format(priority=chance.choice(("low", "medium", "high")), tag=f"tag{chance.randrange(10)}")
        for _ in range(count)
    ]


def _deep(asking: httpx.Client, size: int) -> str:
    path = "/api/tasks/?limit=200"
    for _ in range(min(900, size // 2) // 200):
        path = asking.get(path).json()["next"]
    return path.replace("limit=200", "limit=50")


def _show(found: Mapping[tuple[str, int], Sequence[Timing]]) -> None:
    table = Table(("list", "tasks of the user", "p50 ms", "p95 ms, median (rounds)", "p95 of the smallest"))
    for (line, size), timings in found.items():
        smallest = [timing.p95 for timing in found[line, SIZES[0]]]
        p95 = [timing.p95 for timing in timings]
        ratio = sorted(p95)[len(p95) // 2] / sorted(smallest)[len(smallest) // 2]
        p50 = sorted(timing.p50 for timing in timings)[len(timings) // 2]
        in_ms = spread([value * 1000 for value in p95], ".1f")
        table.add(line, f"{size:,}", milliseconds(p50), in_ms, f"{ratio:.2f} times")
    table.show()


if __name__ == "__main__":
    main()
