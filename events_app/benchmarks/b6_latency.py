"""B6: from the commit of a change to the commit with which its last consumer applied it, open loop.

`python -m events_app.benchmarks.b6_latency [--rates 300,500,1000] [--seconds 8] [--users 200] [--only Kafka] [--apart]`

Writers commit one event per transaction at fixed moments, however slow the rest is: of each twenty, twelve edits, five
new tasks, two completions, one deletion. `--users` people write in turn, the ids of each writer between those of the
others; with 0 each event has a stream of its own, the worst case. A change counts as applied when every consumer that
its topics wake has committed it.

- Embedded, as in `manage.py up`: writers and engine in one process.
- Kafka: relay and `consume --all` are processes; Dapr: relay, `receive` and daprd are. Writers are processes too.
  `--apart`: each consumer has a process of its own.

The processes note their steps (`stamps`). A row is `full` when the writers themselves were late by p99 > 50 ms: then
the machine had no more to give, and the latencies measure how long the run was.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import django

from devstack import Stack
from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import QUANTILES, Table, announce, milliseconds, percentile, quantiles
from events_app.benchmarks.stamps import FOUND, HEARD, SENT, Stamps, note_steps

MODULE = "events_app.benchmarks.b6_latency"
THREADS = 3
WRITERS = 2
WARM_UP = 300
PATIENCE = 90.0
FULL_SECONDS = 0.05
KINDS = ("updated",) * 12 + ("created",) * 5 + ("completed",) * 2 + ("deleted",)
STAGES = ("write", "look", "send", "travel", "apply")


@dataclass(frozen=True)
class Run:
    """One row: so many events a second, whose steps are noted in `folder`."""

    options: argparse.Namespace
    stack: Stack | None
    rate: int
    folder: Path

    def act(self, act: str, env: Mapping[str, str], *, rate: float | None = None, part: int = 0) -> Any:
        """Run an act of this module in a process with settings of its own."""
        rate = self.rate if rate is None else rate
        return places.side(
            MODULE, "--act", act, "--rate", rate, "--count", int(rate * self.options.seconds),
            "--users", self.options.users, "--part", part, "--folder", self.folder, environment=env,
        )  # fmt: skip

    @property
    def services(self) -> Stack:
        """The stack, where there is one."""
        assert self.stack is not None
        return self.stack


Side = Callable[[Run], "dict[str, Any]"]


def main() -> None:
    """Measure each transport that the machine allows, at each rate."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(ACTS[options.act](options)))
        return
    stack = places.services("postgresql", "kafka", "scheduler")
    announce(
        "Commit → applied by every consumer (aim: p99 ≤ 100 ms over Kafka at 1,000/s)",
        seconds=options.seconds, users=options.users, events_per_write=1,
    )  # fmt: skip
    table = Table(
        ("carried by", "events/s asked", "written", "lost", *QUANTILES, "writers late by p99 ms", "system")
    )
    stages = Table(("p50 / p99 ms", "events/s asked", *STAGES))
    for name, side in SIDES.items():
        for rate in options.rates:
            if options.only in ("", name) and (stack is not None or name == "embedded, SQLite"):
                with TemporaryDirectory(prefix="todo-bench-") as folder:
                    run = Run(options, stack, rate, Path(folder))
                    _add(run, name + " apart" * options.apart, side(run), table, stages)
    table.show()
    print()
    stages.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[300, 500, 1000]
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--only", default="", help=f"one of: {'; '.join(SIDES)}")
    parser.add_argument("--apart", action="store_true", help="a process for each consumer")
    parser.add_argument("--act", choices=list(ACTS), help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _add(run: Run, name: str, measured: Mapping[str, Any], table: Table, stages: Table) -> None:
    """Add the row of one run, and what each stage of it took."""
    through, by_stage = _durations(Stamps(run.folder), measured)
    late = percentile(measured["late"], 99)
    asked, written = f"{run.rate:,}", len(measured["written"])
    cells = quantiles(through) if through else ["-"] * len(QUANTILES)
    table.add(
        name, asked, f"{written / measured['seconds']:,.0f}/s", written - len(through), *cells, milliseconds(late),
        "full" if late > FULL_SECONDS else "",
    )  # fmt: skip
    stages.add(name, asked, *(_pair(values) for values in by_stage.values()))


def _durations(stamps: Stamps, measured: Mapping[str, Any]) -> tuple[list[float], dict[str, list[float]]]:
    """Return the seconds from commit to the last consumer of each event that all applied, and those of each stage.

    A step that a transport does not have, as hearing where no broker is, takes no time.
    """
    through: list[float] = []
    by_stage: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for key, seq, begun, committed in measured["written"]:
        applied = [stamps.time_of(name, key, seq) for name in measured["woken"]]
        if None in applied:
            continue
        last = max(at for at in applied if at is not None)
        through.append(max(0.0, last - committed))
        steps = [begun, committed]
        steps += [stamps.time_of(step, key, seq) or steps[-1] for step in (FOUND, SENT)]
        steps += [stamps.time_of(HEARD, key, seq) or steps[-1], last]
        for stage, (start, end) in zip(STAGES, pairwise(steps), strict=True):
            by_stage[stage].append(max(0.0, end - start))
    return through, by_stage


def _pair(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{milliseconds(percentile(values, 50))} / {milliseconds(percentile(values, 99))}"


def embedded_on_sqlite(run: Run) -> dict[str, Any]:
    """One process, as `make run` is."""
    with places.sqlite() as env:
        return dict(run.act("embedded", env))


def embedded_on_postgresql(run: Run) -> dict[str, Any]:
    """One process on PostgreSQL."""
    with places.postgresql(run.services) as env:
        return dict(run.act("embedded", env))


def over_kafka(run: Run) -> dict[str, Any]:
    """Relay and consumers as processes, Kafka between them."""
    with ExitStack() as ending:
        env = {**ending.enter_context(places.postgresql(run.services)), **places.over_kafka(run.services)}
        for names in _hosts(run, _prepare(run, env)):
            ending.enter_context(places.stamped_role(run.folder, "consume", *names, environment=env))
        ending.enter_context(places.stamped_role(run.folder, "relay", environment=env))
        return _between_processes(run, env)


def over_dapr(run: Run) -> dict[str, Any]:
    """Relay and receivers as processes, daprd beside each, Kafka behind it."""
    with ExitStack() as ending:
        database = ending.enter_context(places.postgresql(run.services))
        env = {**database, **places.over_kafka(run.services, behind="dapr")}
        topics = env["TODO_TOPIC_PREFIX"]
        for number, names in enumerate(_hosts(run, _prepare(run, env))):
            [port] = pick(1)
            sidecar = ending.enter_context(
                places.sidecar(run.services, f"{topics}{number}", topics, port=port)
            )
            env |= {**sidecar.environment(), "TODO_EVENT_TRANSPORT": "dapr"}
            command = ("receive", *names, "--host", LOOPBACK, "--port", str(port))
            ending.enter_context(places.stamped_role(run.folder, *command, environment=env))
            sidecar.wait_healthy()
        ending.enter_context(places.stamped_role(run.folder, "relay", environment=env))
        return _between_processes(run, env)


def _hosts(run: Run, woken: list[str]) -> list[list[str]]:
    """Return the names of the consumers that each process hosts."""
    return [[name] for name in woken] if run.options.apart else [woken]


def _prepare(run: Run, env: dict[str, str]) -> list[str]:
    """Create topics and rows before any role runs, so that each role finds its consumers; return who is woken."""
    places.manage("topics", environment=env)
    return list(run.act("prepare", env))


def _between_processes(run: Run, env: dict[str, str]) -> dict[str, Any]:
    """Write from processes, and wait until all is applied."""
    with ThreadPoolExecutor(WRITERS) as pool:
        parts = range(WRITERS)
        futures = [pool.submit(run.act, "write", env, rate=run.rate / WRITERS, part=part) for part in parts]
        measured = [future.result() for future in futures]
    return {
        "woken": run.act("settle", env),
        "written": [event for part in measured for event in part["written"]],
        "late": [late for part in measured for late in part["late"]],
        "seconds": max(part["seconds"] for part in measured),
    }


def act_prepare(options: argparse.Namespace) -> list[str]:
    """Insert the streams and all their cursors; return the consumers that the topics of a task event wake."""
    from events_app.benchmarks import log_data  # noqa: PLC0415 - needs django.setup(), as all below
    from events_app.consumers.registry import consumers  # noqa: PLC0415

    log_data.register()
    log_data.insert_streams(WRITERS * _streams_of_a_writer(options))
    for name in consumers():
        log_data.insert_cursors(name, 0)
    log_data.analyze()
    return _woken()


def _woken() -> list[str]:
    """Return the consumers that the topics of a task event wake."""
    from events_app.consumers.registry import consumers, consumers_of_topic  # noqa: PLC0415

    woken = {*consumers_of_topic("task-events"), *consumers_of_topic("task-updates")}
    return [name for name in consumers() if name in woken]


def _streams_of_a_writer(options: argparse.Namespace) -> int:
    """Return a multiple of THREADS: a stream belongs to one thread, so that its numbers are known there."""
    wanted: int = options.users // WRITERS if options.users else WARM_UP + options.count + THREADS
    return max(wanted // THREADS, 1) * THREADS


def act_write(options: argparse.Namespace) -> dict[str, Any]:
    """Commit one event to each of the streams in turn, at the fixed rate of an open loop, after a warm-up."""
    from django.db import connection  # noqa: PLC0415

    from events_app.benchmarks.log_data import FIRST_USER, task_event  # noqa: PLC0415
    from events_app.log.write import writing  # noqa: PLC0415

    total, streams = WARM_UP + options.count, _streams_of_a_writer(options)
    heads = [0] * streams
    written, late, began = [], [], monotonic() + 0.2

    def work(thread: int) -> None:
        for number in range(thread, total, THREADS):
            due = began + number / options.rate
            sleep(max(0.0, due - monotonic()))
            stream = number % streams
            user = FIRST_USER + 1 + stream * WRITERS + options.part
            begun = monotonic()
            with writing(user) as log:
                log.record(task_event(KINDS[number % len(KINDS)], number))
            committed = monotonic()
            heads[stream] += 1
            if number >= WARM_UP:
                written.append((f"user:{user}", heads[stream], begun, committed))
                late.append(begun - due)
        connection.close()

    threads = [Thread(target=work, args=[thread]) for thread in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return {"written": written, "late": late, "seconds": monotonic() - began - WARM_UP / options.rate}


def act_settle(_options: argparse.Namespace) -> list[str]:
    """Wait until every woken consumer has applied everything; return their names."""
    from foundation.database import sql  # noqa: PLC0415

    woken = _woken()
    behind = (
        "SELECT COUNT(*) FROM events_app_cursor c JOIN events_app_stream s ON s.id = c.stream_id"
        f" WHERE c.seq < s.head AND c.consumer IN {sql.in_list(woken)}"
    )
    wait_until(lambda: sql.fetch(behind, woken) == [(0,)], seconds=PATIENCE)
    return woken


def act_embedded(options: argparse.Namespace) -> dict[str, Any]:
    """Run the platform without HTTP: an engine and, in other threads, writers."""
    from django.db import connection  # noqa: PLC0415

    from events_app.runtime.engine import Engine  # noqa: PLC0415

    act_prepare(options)
    connection.close()
    note_steps(Path(options.folder))
    stop = Event()
    engine = Thread(target=Engine().run, args=[stop])
    engine.start()
    measured = act_write(options)
    woken = act_settle(options)
    stop.set()
    engine.join()
    return {**measured, "woken": woken}


ACTS: Mapping[str, Callable[[argparse.Namespace], Any]] = {
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
