"""B6: from the commit of a change to the commit with which its last consumer applied it, open loop.

`python -m events_app.benchmarks.b6_latency [--rates 200,1000] [--seconds 8] [--only kafka]`

Writers commit one event per transaction at fixed moments, however slow the rest is, each to a stream of its own (the
worst case: nothing of one stream can be applied together). A change counts as applied when every consumer that its
topics wake has moved its cursor past it.

- Embedded, as in `manage.py up`: writers and engine in one process; after each commit, hooks note the time.
- Kafka: relay and `consume --all` are processes; Dapr: relay, web and daprd are. Writers are processes too. Nothing is
  added to any of them: PostgreSQL itself keeps the commit time of each row's last writer (`track_commit_timestamp`),
  and each event row and each cursor row is written once.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import django

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import QUANTILES, Table, announce, quantiles

MODULE = "events_app.benchmarks.b6_latency"
THREADS = 8
WRITERS = 2
WARM_UP = 300
PATIENCE = 90.0
Side = Callable[[argparse.Namespace, Stack | None, int], "dict[str, Any]"]


def main() -> None:
    """Measure each transport that the machine allows, at each rate."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(ACTS[options.act](options)))
        return
    stack = _stack()
    announce(
        "Commit → applied by every consumer (aim: p99 ≤ 50 ms embedded, ≤ 100 ms over Kafka and Dapr)",
        seconds=options.seconds, events_per_write=1,
    )  # fmt: skip
    table = Table(("carried by", "events/s asked", "written", "lost", *QUANTILES, "writers late by p99 ms"))
    for name, side in SIDES.items():
        for rate in options.rates:
            if options.only in ("", name) and (stack is not None or name == "embedded, SQLite"):
                _add(table, name, rate, seconds=options.seconds, measured=side(options, stack, rate))
    table.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[200, 1000]
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--only", default="", help=f"one of: {'; '.join(SIDES)}")
    parser.add_argument("--act", choices=list(ACTS), help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _stack() -> Stack | None:
    """Return the services, with a PostgreSQL that keeps commit times."""
    stack = places.services("postgresql", "kafka", "scheduler")
    if stack is not None and not _keeps_commit_times(stack):
        stack.restart("postgresql")
    return stack


def _keeps_commit_times(stack: Stack) -> bool:
    with places.postgresql(stack) as env:
        return bool(places.side(MODULE, "--act", "keeps", environment=env))


def _add(table: Table, name: str, rate: int, *, seconds: float, measured: Mapping[str, Any]) -> None:
    wanted = int(rate * seconds)
    seen = measured["latencies"]
    written = f"{wanted / measured['seconds']:,.0f}/s"
    cells = quantiles(seen) if seen else ["-"] * len(QUANTILES)
    table.add(name, f"{rate:,}", written, wanted - len(seen), *cells, quantiles(measured["late"])[2])


def embedded_on_sqlite(options: argparse.Namespace, _stack: Stack | None, rate: int) -> dict[str, Any]:
    """One process, as `make run` is."""
    with places.sqlite() as env:
        return _measure_embedded(options, env, rate)


def embedded_on_postgresql(options: argparse.Namespace, stack: Stack | None, rate: int) -> dict[str, Any]:
    """One process on PostgreSQL."""
    assert stack is not None
    with places.postgresql(stack) as env:
        return _measure_embedded(options, env, rate)


def _measure_embedded(options: argparse.Namespace, env: dict[str, str], rate: int) -> dict[str, Any]:
    count_ = int(rate * options.seconds)
    measured = places.side(MODULE, "--act", "embedded", "--rate", rate, "--count", count_, environment=env)
    assert isinstance(measured, dict)
    return measured


def over_kafka(options: argparse.Namespace, stack: Stack | None, rate: int) -> dict[str, Any]:
    """Relay and consumers as processes, Kafka between them."""
    assert stack is not None
    with ExitStack() as ending:
        env = {**ending.enter_context(places.postgresql(stack)), **places.over_kafka(stack)}
        _prepare(options, env, rate)
        ending.enter_context(places.role("relay", environment=env))
        ending.enter_context(places.role("consume", "--all", environment=env))
        return _between_processes(options, env, rate)


def over_dapr(options: argparse.Namespace, stack: Stack | None, rate: int) -> dict[str, Any]:
    """Relay and web as processes, daprd beside web, Kafka behind it."""
    assert stack is not None
    with ExitStack() as ending:
        env = {**ending.enter_context(places.postgresql(stack)), **places.over_kafka(stack)}
        _prepare(options, env, rate)
        [port] = pick(1)
        sidecar = ending.enter_context(_sidecar(stack, env["TODO_TOPIC_PREFIX"], port))
        env |= {**sidecar.environment(), "TODO_EVENT_TRANSPORT": "dapr"}
        where = ("--host", LOOPBACK, "--port", str(port), "--processes", "1", "--threads", "8")
        ending.enter_context(places.role("web", *where, environment=env))
        ending.enter_context(places.role("relay", environment=env))
        sidecar.wait_healthy()
        return _between_processes(options, env, rate)


@contextmanager
def _sidecar(stack: Stack, prefix: str, port: int) -> Iterator[Sidecar]:
    files = ("secretstore", "resiliency")
    options = SidecarOptions("kafka", files=files, topic_prefix=prefix, scheduler=False, log_level="error")
    with Sidecar(prefix.strip("-"), port, stack=stack, options=options) as sidecar:
        yield sidecar


def _prepare(options: argparse.Namespace, env: dict[str, str], rate: int) -> None:
    """Create topics and rows before any role runs, so that each role finds its consumers registered."""
    places.manage("topics", environment=env)
    places.side(MODULE, "--act", "prepare", "--count", int(rate * options.seconds) + WARM_UP, environment=env)


def _between_processes(options: argparse.Namespace, env: dict[str, str], rate: int) -> dict[str, Any]:
    """Warm the chain up, write from processes, and read the commit times from PostgreSQL."""
    wanted = int(rate * options.seconds)
    places.side(
        MODULE, "--act", "write", "--rate", 100, "--count", WARM_UP, "--first", 1 + wanted, environment=env
    )
    warm = places.side(MODULE, "--act", "settle", "--first", 1 + wanted, "--count", WARM_UP, environment=env)
    assert len(warm) == WARM_UP, "the roles did not get going"
    share = wanted // WRITERS
    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [
            pool.submit(
                places.side, MODULE, "--act", "write", "--rate", rate / WRITERS, "--count", share,
                "--first", 1 + share * part, environment=env,
            )
            for part in range(WRITERS)
        ]  # fmt: skip
        written = [future.result() for future in futures]
    seen = places.side(MODULE, "--act", "settle", "--first", 1, "--count", share * WRITERS, environment=env)
    late = [value for part in written for value in part["late"]]
    return {"latencies": seen, "late": late, "seconds": max(part["seconds"] for part in written)}


def act_keeps(_options: argparse.Namespace) -> bool:
    """Whether PostgreSQL keeps commit times."""
    from foundation.database import sql  # noqa: PLC0415 - needs django.setup(), as all below

    return sql.fetch("SHOW track_commit_timestamp", []) == [("on",)]


def act_prepare(options: argparse.Namespace) -> None:
    """Insert the streams and all their cursors, so that each event updates each cursor row once."""
    from events_app.benchmarks import log_data  # noqa: PLC0415
    from events_app.consumers.registry import consumers  # noqa: PLC0415

    log_data.register()
    log_data.insert_streams(options.count)
    for name in consumers():
        log_data.insert_cursors(name, 0)
    log_data.analyze()


def act_write(options: argparse.Namespace) -> dict[str, Any]:
    """Commit one event to each of the streams, at the fixed rate of an open loop."""
    from django.db import connection  # noqa: PLC0415

    from events_app.benchmarks import applied  # noqa: PLC0415
    from events_app.benchmarks.log_data import FIRST_USER, task_updated  # noqa: PLC0415
    from events_app.log.write import writing  # noqa: PLC0415

    numbers, late, began = count(), [], monotonic() + 0.2

    def work() -> None:
        for number in numbers:
            if number >= options.count:
                break
            due = began + number / options.rate
            sleep(max(0.0, due - monotonic()))
            user = FIRST_USER + options.first + number
            with writing(user) as log:
                log.record(task_updated(options.first + number))
            committed = monotonic()
            applied.committed[f"user:{user}"] = committed
            late.append(committed - due)
        connection.close()

    threads = [Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"late": late, "seconds": monotonic() - began}


def act_settle(options: argparse.Namespace) -> list[float]:
    """Wait until all woken consumers applied these streams; return the seconds from commit to commit."""
    from foundation.database import sql  # noqa: PLC0415

    woken = _woken_consumers()
    where = f"stream_id >= %s AND stream_id < %s AND seq > 0 AND consumer IN {sql.in_list(woken)}"
    params = [options.first, options.first + options.count, *woken]

    def is_through() -> bool:
        [(through,)] = sql.fetch(f"SELECT COUNT(*) FROM events_app_cursor WHERE {where}", params)
        return bool(through == options.count * len(woken))

    wait_until(is_through, seconds=PATIENCE)
    rows = sql.fetch(
        "SELECT extract(epoch FROM max(c.at) - pg_xact_commit_timestamp(e.xmin))::float FROM events_app_event e"
        f" JOIN (SELECT stream_id, pg_xact_commit_timestamp(xmin) AS at FROM events_app_cursor WHERE {where}) c"
        " ON c.stream_id = e.stream_id GROUP BY e.id, e.xmin HAVING COUNT(*) = %s",
        [*params, len(woken)],
    )
    return [seconds for (seconds,) in rows]


def _woken_consumers() -> list[str]:
    """Return the consumers that the topics of a task event wake."""
    from events_app.consumers.registry import consumers_of_topic  # noqa: PLC0415

    return sorted({*consumers_of_topic("task-events"), *consumers_of_topic("task-updates")})


def act_embedded(options: argparse.Namespace) -> dict[str, Any]:
    """Run the platform without HTTP: an engine and, in other threads, writers."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from events_app.benchmarks import applied  # noqa: PLC0415
    from events_app.consumers import registry  # noqa: PLC0415
    from events_app.runtime.engine import Engine  # noqa: PLC0415

    woken = _woken_consumers()
    registry.consumers.cache_clear()
    settings.EVENT_CONSUMERS = tuple(
        replace(spec, after_commit="events_app.benchmarks.applied.note") if spec.name in woken else spec
        for spec in settings.EVENT_CONSUMERS
    )
    act_prepare(argparse.Namespace(count=options.count + WARM_UP))
    connection.close()
    stop = Event()
    engine = Thread(target=Engine().run, args=[stop])
    engine.start()
    act_write(argparse.Namespace(first=options.count + 1, count=WARM_UP, rate=100.0))
    measured = act_write(options)
    wanted = (options.count + WARM_UP) * len(woken)
    wait_until(lambda: len(applied.times) >= wanted, seconds=PATIENCE)
    stop.set()
    engine.join()
    seen = applied.latencies(options.first, options.count, consumers=len(woken))
    return {**measured, "latencies": seen}


ACTS: Mapping[str, Callable[[argparse.Namespace], Any]] = {
    "keeps": act_keeps,
    "prepare": act_prepare,
    "write": act_write,
    "settle": act_settle,
    "embedded": act_embedded,
}
SIDES: Mapping[str, Side] = {
    "embedded, SQLite": embedded_on_sqlite,
    "embedded, PostgreSQL": embedded_on_postgresql,
    "Kafka": over_kafka,
    "Dapr": over_dapr,
}

if __name__ == "__main__":
    main()
