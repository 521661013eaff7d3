"""B7: events a second from a write to its audit row over Kafka, and how fast a backlog is drained.

`python -m events_app.benchmarks.b7_throughput [--events 1000000] [--seconds 10] [--per-write 20] [--only one]`

Sustained: writers record as fast as the rest follows (they pause while audit is 5,000 events behind), so that
what comes out in the measured seconds is what the whole chain carries; `one` is that with one event a write. Drain:
the log is filled beforehand, and one or two processes call what `manage.py consume audit` calls. On PostgreSQL.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from time import monotonic, sleep

import django

from devstack import Stack
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import Table, Watch, announce, spread, watched

MODULE = "events_app.benchmarks.b7_throughput"
PER_STREAM = 100
ROUNDS = 8
WRITERS = 2
STREAMS = 1000
LONGEST_BACKLOG = 5000
WARM_UP_SECONDS = 2.0
PATIENCE = 90.0


def main() -> None:
    """Measure both, or the one that `--only` names."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(ACTS[options.act](options)))
        return
    stack = places.services("postgresql", "kafka")
    if stack is None:
        raise SystemExit(1)
    if options.only in ("", "sustained", "one"):
        measure_sustained(stack, options)
    if options.only in ("", "drain"):
        measure_drain(stack, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200_000, help="backlog to drain")
    parser.add_argument("--seconds", type=float, default=10.0, help="of sustained load")
    parser.add_argument("--per-write", type=int, default=20, help="events in one transaction, sustained")
    parser.add_argument("--only", choices=["sustained", "one", "drain"], default="")
    parser.add_argument("--act", choices=list(ACTS), help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--parts", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure_sustained(stack: Stack, options: argparse.Namespace) -> None:
    """Write → log → relay → Kafka → audit row, with one event and with several in a transaction."""
    sizes = {"seconds": options.seconds, "writers": WRITERS, "streams": STREAMS}
    aims = "aims: 1,000 events/s with one event a write, 5,000 with twenty"
    announce(f"\nSustained, write → log → Kafka → audit row ({aims})", **sizes)
    table = Table(("events per write", "audit processes", "events/s", "processor ms per 1,000 events"))
    loads = ((1, 1), (options.per_write, 1), (options.per_write, 2))
    for per_write, consumers in loads[:1] if options.only == "one" else loads:
        rates, cpu = _measure_load(stack, options, per_write=per_write, consumers=consumers)
        table.add(per_write, consumers, spread(rates), cpu)
    table.show()


def _measure_load(
    stack: Stack, options: argparse.Namespace, *, per_write: int, consumers: int
) -> tuple[list[float], str]:
    """Return the rate of each measured second, and what the roles' processors did for it."""
    with ExitStack() as ending:
        env = {**ending.enter_context(places.postgresql(stack)), **places.over_kafka(stack)}
        places.manage("topics", environment=env)
        places.side(MODULE, "--act", "register", environment=env)
        roles = [ending.enter_context(places.role("relay", environment=env))]
        for _ in range(consumers):
            roles.append(ending.enter_context(places.role("consume", "audit", environment=env)))
        places.side(MODULE, "--act", "prime", environment=env)
        writers = ThreadPoolExecutor(WRITERS)
        seconds = options.seconds + WARM_UP_SECONDS
        arguments = ("--act", "write", "--seconds", seconds, "--per-write", per_write, "--parts", WRITERS)
        written = [
            writers.submit(places.side, MODULE, *arguments, "--part", part, environment=env)
            for part in range(WRITERS)
        ]
        watch = {"--act": "watch", "--seconds": seconds}
        before = [role.cpu_seconds for role in roles]
        counts = places.side(MODULE, *[part for pair in watch.items() for part in pair], environment=env)
        used = [role.cpu_seconds - start for role, start in zip(roles, before, strict=True)]
        writing = sum(future.result()["cpu"] for future in written)
    rates = [after - since for since, after in zip(counts["at"], counts["at"][1:], strict=False)]
    return rates, _cpu_text(["relay", *["audit"] * consumers], used, writing, events=counts["at"][-1])


def _cpu_text(names: Sequence[str], used: Sequence[float], writing: float, *, events: int) -> str:
    shares = [*zip(names, used, strict=True), ("writers", writing)]
    return ", ".join(f"{name} {seconds * 1e6 / max(events, 1):.0f}" for name, seconds in shares)


def act_register(options: argparse.Namespace) -> None:
    """Register audit as the only consumer that runs, and insert the streams."""
    from events_app.benchmarks import log_data  # noqa: PLC0415 - needs django.setup()

    log_data.register(live=frozenset(["audit"]))
    log_data.insert_streams(STREAMS)


def act_prime(options: argparse.Namespace) -> None:
    """Write one event and wait until it is audited, which shows that all roles work."""
    from events_app.benchmarks.log_data import FIRST_USER, task_updated  # noqa: PLC0415
    from events_app.log.write import writing  # noqa: PLC0415

    with writing(FIRST_USER + 1) as log:
        log.record(task_updated(1))
    assert wait_until(lambda: _written_and_applied()[1] == 1, seconds=PATIENCE), "the roles did not get going"


def act_write(options: argparse.Namespace) -> dict[str, float]:
    """Record events of this part's streams in turn; wait while audit is too far behind."""
    from events_app.benchmarks.log_data import FIRST_USER, task_updated  # noqa: PLC0415
    from events_app.log.write import writing  # noqa: PLC0415

    ends_at, written = monotonic() + options.seconds, 0
    payload = task_updated(1)
    with watched() as watch:
        for number in count():
            if number % 25 == 0:
                if monotonic() > ends_at:
                    break
                _wait_while_behind(ends_at)
            user = FIRST_USER + 1 + (number * options.parts + options.part) % STREAMS
            with writing(user) as log:
                log.record_many([payload] * options.per_write)
            written += options.per_write
    return {"written": written, "cpu": watch.cpu}


def _wait_while_behind(ends_at: float) -> None:
    while _written_and_applied()[2] > LONGEST_BACKLOG and monotonic() < ends_at:
        sleep(0.01)


def act_watch(options: argparse.Namespace) -> dict[str, list[int]]:
    """Return how many events had been audited at each second, once the chain is warm."""
    sleep(WARM_UP_SECONDS)
    seen, began = [], monotonic()
    for second in range(int(options.seconds - WARM_UP_SECONDS) + 1):
        sleep(max(0.0, began + second - monotonic()))
        seen.append(_written_and_applied()[1])
    return {"at": seen}


def _written_and_applied() -> tuple[int, int, int]:
    from foundation.database import sql  # noqa: PLC0415

    [(head, seq)] = sql.fetch(
        "SELECT COALESCE(SUM(s.head), 0)::bigint, COALESCE(SUM(c.seq), 0)::bigint FROM events_app_stream s"
        " LEFT JOIN events_app_cursor c ON c.stream_id = s.id AND c.consumer = 'audit'",
        [],
    )
    return head, seq, head - seq


def measure_drain(stack: Stack, options: argparse.Namespace) -> None:
    """Measure how fast one and two audit processes drain a backlog."""
    streams = options.events // PER_STREAM
    sizes = {"events": f"{options.events:,}", "streams": f"{streams:,}", "rounds": ROUNDS}
    announce("\nDraining a backlog into the audit trail (aim: 20,000 events/s)", **sizes)
    table = Table(("audit processes", "events/s", "seconds in all", "processor ms per 1,000 events"))
    for parts in (1, 2):
        with places.postgresql(stack) as env:
            places.side(MODULE, "--act", "fill", "--events", options.events, environment=env)
            watches = _drain(env, parts, options.events)
        _add_drain(table, watches, options.events)
    table.show()


def _drain(env: dict[str, str], parts: int, events: int) -> list[list[Watch]]:
    """Drain in so many processes at once; return the watches of each one's rounds."""
    arguments = ("--act", "drain", "--events", events, "--parts", parts)
    with ThreadPoolExecutor(parts) as pool:
        futures = [
            pool.submit(places.side, MODULE, *arguments, "--part", part, environment=env)
            for part in range(parts)
        ]
        return [[Watch(*pair) for pair in future.result()] for future in futures]


def _add_drain(table: Table, watches: list[list[Watch]], events: int) -> None:
    in_round = events / ROUNDS
    rates = [in_round / max(watch.wall for watch in same) for same in zip(*watches, strict=True)]
    walls = [sum(watch.wall for watch in one) for one in watches]
    cpu = sum(watch.cpu for one in watches for watch in one)
    table.add(len(watches), spread(rates), f"{max(walls):.1f}", f"{cpu * 1e6 / events:.0f}")


def act_fill(options: argparse.Namespace) -> None:
    """Insert the backlog of events, none of which the audit consumer has applied."""
    from events_app.benchmarks import log_data  # noqa: PLC0415

    streams = options.events // PER_STREAM
    log_data.register()
    log_data.insert_streams(streams, head=PER_STREAM)
    log_data.insert_events(streams, PER_STREAM)
    log_data.analyze()


def act_drain(options: argparse.Namespace) -> list[tuple[float, float]]:
    """Advance audit to the heads of this part's streams, in rounds of the same number of streams."""
    from events_app.benchmarks.log_data import FIRST_USER  # noqa: PLC0415
    from events_app.consumers.kernel import advance  # noqa: PLC0415
    from events_app.consumers.registry import consumers  # noqa: PLC0415
    from events_app.contracts import stream_key  # noqa: PLC0415

    consumers()  # loads every consumer's module
    mine = [n for n in range(1, options.events // PER_STREAM + 1) if n % options.parts == options.part]
    rounds = []
    for number in range(ROUNDS):
        hints = {stream_key(FIRST_USER + n): PER_STREAM for n in mine[number::ROUNDS]}
        with watched() as watch:
            done = advance("audit", hints)
        assert done.events == len(hints) * PER_STREAM
        rounds.append((watch.wall, watch.cpu))
    return rounds


ACTS = {
    "register": act_register,
    "prime": act_prime,
    "write": act_write,
    "watch": act_watch,
    "fill": act_fill,
    "drain": act_drain,
}

if __name__ == "__main__":
    main()
