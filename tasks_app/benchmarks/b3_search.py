"""B3: searches for rare and common words and prefixes, among more and more tasks of one user, beside many others'.

`python -m tasks_app.benchmarks.b3_search [--total 200000] [--rounds 3] [--requests 20] [--only SQLite]`

One client with one connection asks a web role of one process, through HTTP, authentication and JSON, for 50 hits by
relevance (title hits first, then newest) and, where named, in due order; and for a list, to compare with. Rare: one
hit. Common: a third of all tasks. Middle: a few in a hundred. Prefixes of one and two letters. Beside others: the same
user of 1,000 tasks alone in the database and beside all others.
"""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial

import httpx

from events_app.benchmarks.measure import Table, announce, milliseconds, spread
from tasks_app.benchmarks.filling import fill, vocabulary
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
COMMON, MIDDLE = 0, 40
WARM_UP = 10


def main() -> None:
    """Measure on both databases, or on the given one."""
    options = _options()
    announce(
        "Search (aim: p95 ≤ 10 ms at 10⁵, whatever others have)",
        tasks_in_all=f"{options.total:,}", rounds=options.rounds, requests=options.requests,
    )  # fmt: skip
    table = Table(("database", "search", "tasks of the user", "beside", "p50 ms", "p95 ms, median (rounds)"))
    for users in (SIZES[:1], SIZES):
        on_each_database(options.only, partial(_measure, table=table, sizes=users, options=options))
    table.show()


def _options() -> argparse.Namespace:
    parser = described(__doc__)
    parser.add_argument("--total", type=int, default=200_000, help="tasks of all users")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=20, help="in each round, for each line")
    add_only(parser)
    return parser.parse_args()


def _measure(
    name: str,
    environment: Mapping[str, str],
    *,
    table: Table,
    sizes: Sequence[int],
    options: argparse.Namespace,
) -> None:
    """Add the lines of users of these sizes: the first alone in the database, all of them beside others."""
    total = sizes[0] if len(sizes) == 1 else options.total
    tokens = fill(environment, sizes=sizes, total=total, words=True)
    if total == options.total:
        print(f"{name}: {server_settings(environment)}", flush=True)
    found = _rounds(environment, dict(zip(sizes, tokens, strict=True)), options)
    for (line, size), timings in found.items():
        p50 = sorted(timing.p50 for timing in timings)[len(timings) // 2]
        in_ms = spread([timing.p95 * 1000 for timing in timings], ".1f")
        table.add(name, line, f"{size:,}", f"{total - size:,}", milliseconds(p50), in_ms)


def _rounds(
    environment: Mapping[str, str], tokens: Mapping[int, str], options: argparse.Namespace
) -> Mapping[tuple[str, int], Sequence[Timing]]:
    found: dict[tuple[str, int], list[Timing]] = {}
    with served(environment, processes=1, threads=2) as url:
        for _ in range(options.rounds):
            for size, token in tokens.items():
                with client(url, token) as asking:
                    for line, timing in _round(asking, options.requests):
                        found.setdefault((line, size), []).append(timing)
    return found


def _round(asking: httpx.Client, requests: int) -> list[tuple[str, Timing]]:
    timed(asking, ["/api/tasks/"] * WARM_UP)
    return [(line, timed(asking, [path] * requests)) for line, path in _searches(asking).items()]


def _searches(asking: httpx.Client) -> dict[str, str]:
    """Return what to ask for; the rare word is the number in the title of some task of the user."""
    words = vocabulary()
    common, middle = words[COMMON], words[MIDDLE]
    some = asking.get("/api/tasks/?sort_by=created_at&limit=1").json()["results"][0]
    rare = some["title"].split()[-1]
    by_relevance = {
        "rare": f'"{rare}"',
        "middle": f'"{middle}"',
        "common": f'"{common}"',
        "two words": f"{common} {middle}",
        "phrase": f'"{" ".join(some["title"].split()[:2])}"',
        "prefix of 1": common[:1],
        "prefix of 2": middle[:2],
        "none": '"nowhere"',
    }
    paths = {"(a list, no search)": "/api/tasks/?sort_by=relevance"}
    for line, text in by_relevance.items():
        paths[line] = f"/api/tasks/?search={text}&sort_by=relevance"
    for line in ("rare", "middle", "common"):
        paths[f"{line}, due order"] = f"/api/tasks/?search={by_relevance[line]}"
    return paths


if __name__ == "__main__":
    main()
