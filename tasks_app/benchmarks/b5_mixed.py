"""B5: fifty users at once, as people use it: most of it lists, some writes, some searches; open loop.

`python -m tasks_app.benchmarks.b5_mixed [--rate 200] [--seconds 20] [--only SQLite]`

`manage.py web` on SQLite and on PostgreSQL, users with a thousand tasks each. Requests begin at fixed moments whatever
the answers do, 70 % lists of 50 by priority and tag, 20 % writes (create, change, complete in turn), 10 % searches; a
request's time is from the moment it was due, so waiting behind others counts. No engine runs beside; the client is a
process of its own and shares the processors.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from events_app.benchmarks import places
from events_app.benchmarks.measure import QUANTILES, SEED, Table, announce, quantiles
from tasks_app.benchmarks.bare_http import Answer
from tasks_app.benchmarks.filling import fill, vocabulary
from tasks_app.benchmarks.serving import (
    Person,
    add_only,
    add_role,
    described,
    on_each_database,
    people,
    served,
    server_settings,
)

MODULE = "tasks_app.benchmarks.b5_mixed"
USERS = 50
TASKS_EACH = 1000
WARM_UP_SECONDS = 2.0
KINDS = {"list": 0.7, "write": 0.2, "search": 0.1}


def main() -> None:
    """Measure, or run as the client of a measurement."""
    options = _options()
    if options.client:
        print(json.dumps(asyncio.run(_ask(json.loads(options.client)))))
        return
    announce(
        "70 % lists, 20 % writes, 10 % searches, open loop (aim at 200/s: p95 ≤ 50 ms, no errors)",
        users=USERS, tasks_each=TASKS_EACH, requests_per_second=options.rate, seconds=options.seconds,
        processes=options.processes, threads=options.threads,
    )  # fmt: skip
    table = Table(("database", "request", "answered", "failed", *QUANTILES))
    on_each_database(options.only, partial(_measure, table=table, options=options))
    table.show()


def _options() -> argparse.Namespace:
    parser = described(__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--total", type=int, default=100_000, help="tasks of all users")
    add_role(parser)
    add_only(parser)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, environment: Mapping[str, str], *, table: Table, options: argparse.Namespace) -> None:
    tokens = fill(environment, sizes=[TASKS_EACH] * USERS, total=options.total, words=True)
    print(f"{name}: {server_settings(environment)}", flush=True)
    with served(environment, processes=options.processes, threads=options.threads) as url:
        asked = {"url": url, "tokens": tokens, "rate": options.rate, "seconds": options.seconds}
        done = places.side(MODULE, "--client", json.dumps(asked), environment=places.environment({}))
    seconds, failed = done["seconds"], done["failed"]
    for kind in KINDS:
        table.add(name, kind, len(seconds[kind]), failed[kind], *quantiles(seconds[kind]))
    every = [each for kind in KINDS for each in seconds[kind]]
    table.add(name, "all", len(every), sum(failed.values()), *quantiles(every))


async def _ask(asked: dict[str, Any]) -> dict[str, Any]:
    """Send requests at their moments; return how long after it each was answered, and how many failed."""
    chance = random.Random(SEED)
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    failed = dict.fromkeys(KINDS, 0)
    async with people(User, asked["url"], asked["tokens"]) as users:
        began = monotonic()

        async def one(user: User, kind: str, due: float) -> None:
            is_good = await user.ask(kind, chance)
            if due >= began + WARM_UP_SECONDS:
                seconds[kind].append(monotonic() - due)
                failed[kind] += not is_good

        running = []
        for number in range(int((asked["seconds"] + WARM_UP_SECONDS) * asked["rate"])):
            due = began + number / asked["rate"]
            await asyncio.sleep(max(0.0, due - monotonic()))
            [kind] = chance.choices(list(KINDS), weights=list(KINDS.values()))
            running.append(asyncio.create_task(one(chance.choice(users), kind, due)))
        await asyncio.gather(*running)
    return {"seconds": seconds, "failed": failed}


class User(Person):
    """One user, with as many connections as they need."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self._ids: list[int] = []
        self._writes = 0

    async def begin(self) -> None:
        """Learn of some tasks to change."""
        answer = await self.http.ask("GET", "/api/tasks/")
        self._ids = [each["id"] for each in answer.content()["results"]]

    async def ask(self, kind: str, chance: random.Random) -> bool:
        """Send one request of a kind; return whether it was answered well."""
        if kind == "write":
            return (await self._write()).is_success
        if kind == "search":
            query = {"search": " ".join(chance.sample(vocabulary(), 2))}
        else:
            priority = chance.choice(("low", "medium", "high"))
            query = {"priority": priority, "tag": f"tag{chance.randrange(10)}"}
        return (await self.http.ask("GET", f"/api/tasks/?{urlencode(query)}")).is_success

    async def _write(self) -> Answer:
        self._writes += 1
        one = f"/api/tasks/{self._ids[self._writes % len(self._ids)]}/"
        if self._writes % 3 == 0:
            body = {"title": f"Task {self._writes}", "tags": ["tag1"], "due_on": "2031-01-15"}
            return await self.http.ask("POST", "/api/tasks/", body)
        if self._writes % 3 == 1:
            return await self.http.ask("PATCH", one, {"title": f"Changed {self._writes}"})
        return await self.http.ask("PATCH", f"{one}complete/")


if __name__ == "__main__":
    main()
