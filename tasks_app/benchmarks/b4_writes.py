"""B4: creating, changing and completing tasks over HTTP, without and with a key, by one client and by sixteen.

`python -m tasks_app.benchmarks.b4_writes [--seconds 4] [--rounds 3] [--only SQLite]`

`manage.py web` on SQLite and on PostgreSQL; each client has one connection, in a closed loop. No user may write as fast
for long, so a client's writes are by some users of its own in turn, within the bounds that hold by default. Rounds of
all kinds alternate. Completing toggles, so every second call of a task reopens it. Keyed calls have an Idempotency-Key
each, as the page's have. No engine runs beside; the client is a process of its own and shares the processors.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

from events_app.benchmarks import places
from events_app.benchmarks.measure import QUANTILES, Table, announce, quantiles, spread
from tasks_app.benchmarks.filling import fill
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

MODULE = "tasks_app.benchmarks.b4_writes"
PLAIN = ("create", "update", "complete")
KEYED = "keyed "
KINDS = (*PLAIN, *(KEYED + kind for kind in PLAIN))
CLIENTS = (1, 16)
USERS = 96
TASKS_EACH = 10
WARM_UP_SECONDS = 1.0


def main() -> None:
    """Measure, or run as the clients of a measurement."""
    options = _options()
    if options.clients:
        print(json.dumps(asyncio.run(_write(json.loads(options.clients)))))
        return
    announce(
        "Writes in a closed loop (aim: p50 ≤ 5 ms, ≥ 400/s)",
        seconds=options.seconds, rounds=options.rounds, tasks_in_all=f"{options.total:,}",
        processes=options.processes, threads=options.threads,
    )  # fmt: skip
    table = Table(("database", "clients", "write", "writes/s, median (rounds)", *QUANTILES, "failed"))
    on_each_database(options.only, partial(_measure, table=table, options=options))
    table.show()


def _options() -> argparse.Namespace:
    parser = described(__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--total", type=int, default=20_000, help="tasks of all users beforehand")
    add_role(parser)
    add_only(parser)
    parser.add_argument("--clients", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, environment: Mapping[str, str], *, table: Table, options: argparse.Namespace) -> None:
    tokens = fill(environment, sizes=[100] * USERS, total=options.total, words=True)
    print(f"{name}: {server_settings(environment)}", flush=True)
    with served(environment, processes=options.processes, threads=options.threads) as url:
        for clients in CLIENTS:
            rounds = [_round(url, tokens, clients, options.seconds) for _ in range(options.rounds)]
            for kind in KINDS:
                taken = [each["seconds"][kind] for each in rounds]
                rates = spread([len(each) / options.seconds for each in taken])
                every = [one for each in taken for one in each]
                failed = sum(each["failed"][kind] for each in rounds)
                table.add(name, clients, kind, rates, *quantiles(every), failed)


def _round(url: str, tokens: Sequence[str], clients: int, seconds: float) -> dict[str, Any]:
    asked = json.dumps({"url": url, "tokens": tokens, "clients": clients, "seconds": seconds})
    done: dict[str, Any] = places.side(MODULE, "--clients", asked, environment=places.environment({}))
    return done


async def _write(asked: dict[str, Any]) -> dict[str, Any]:
    """Be so many clients, for each kind of write in turn; return how long each one took."""
    kinds = asked.get("kinds", KINDS)
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    failed = dict.fromkeys(kinds, 0)
    async with people(Client, asked["url"], _shared_out(asked["tokens"], asked["clients"])) as clients:
        for kind in kinds:
            from_ = monotonic() + WARM_UP_SECONDS
            span = (from_, from_ + asked["seconds"])
            for seconds, refused in await asyncio.gather(*(client.write(kind, span) for client in clients)):
                taken[kind] += seconds
                failed[kind] += refused
    return {"seconds": taken, "failed": failed}


def _shared_out(tokens: Sequence[str], clients: int) -> list[Sequence[str]]:
    return [tokens[number::clients] for number in range(clients)]


class Client(Person):
    """One connection that writes for some users in turn."""

    def __init__(self, url: str, tokens: Sequence[str]) -> None:
        super().__init__(url, tokens[0])
        self._numbers = count(1)
        self._tokens = tokens
        self._ids: list[list[int]] = []
        self._keys = uuid4().hex  # those of an earlier round were for other calls

    async def begin(self) -> None:
        """Make the tasks that are changed and completed later."""
        for token in self._tokens:
            operations = [{"op": "create", "fields": _task(next(self._numbers))} for _ in range(TASKS_EACH)]
            answer = await self.http.ask("POST", "/api/tasks/bulk/", {"operations": operations}, token=token)
            self._ids.append([each["task"]["id"] for each in answer.content()["results"]])

    async def write(self, kind: str, span: tuple[float, float]) -> tuple[list[float], int]:
        """Write again and again until the span ends; return the seconds within it, and how many failed."""
        taken, failed = [], 0
        while monotonic() < span[1]:
            number = next(self._numbers)
            user = number % len(self._tokens)
            method, path, body = self._call(kind.removeprefix(KEYED), number, self._ids[user])
            key = f"{self._keys}-{number}" if kind.startswith(KEYED) else None
            began = perf_counter()
            answer = await self.http.ask(method, path, body, token=self._tokens[user], key=key)
            if monotonic() >= span[0]:
                taken.append(perf_counter() - began)
            failed += not answer.is_success
        return taken, failed

    def _call(self, kind: str, number: int, ids: Sequence[int]) -> tuple[str, str, dict[str, object] | None]:
        # Each user comes round with another task: completing toggles.
        one = f"/api/tasks/{ids[number // len(self._tokens) % TASKS_EACH]}/"
        if kind == "create":
            return "POST", "/api/tasks/", _task(number)
        if kind == "update":
            return "PATCH", one, {"title": f"Changed {number}", "priority": ("low", "high")[number % 2]}
        return "PATCH", f"{one}complete/", None


def _task(number: int) -> dict[str, object]:
    return {
        "title": f"Task {number}",
        "description": "Something to be done before the end of the week",
        "priority": ("low", "medium", "high")[number % 3],
        "tags": [f"tag{number % 10}"],
        "due_at": f"2031-0{number % 9 + 1}-15T09:00:00Z",
    }


if __name__ == "__main__":
    main()
