"""B11: the cost of an idle relay and reconcile does not grow with the number of streams.

`python -m events_app.benchmarks.b11_idle [--streams 1000000] [--dirty 10]`

A poll of the relay and a pass of reconcile with ten dirty streams, among 10³ streams and among 10⁶, on SQLite
and on PostgreSQL. Each round writes one event to each of the ten. The poll publishes them, the consumers apply them,
and the pass advances the one consumer that no topic wakes, and settles. The transport is the embedded one: the cost
of a broker does not depend on the number of streams.
"""

import argparse
import json
import random
from typing import TYPE_CHECKING

import django

from events_app.benchmarks import places
from events_app.benchmarks.measure import SEED, Table, announce, milliseconds, percentile, watched

if TYPE_CHECKING:
    from events_app.relay import Relay

MODULE = "events_app.benchmarks.b11_idle"
FEW = 1000
ROUNDS = 30


def main() -> None:
    """Measure on both databases; with `--act`, be the process of one of them."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(act(options)))
        return
    sizes = {"streams": f"{FEW:,} and {options.streams:,}", "dirty": options.dirty, "rounds": ROUNDS}
    announce("One poll and one pass, among few and among many streams (aim: under 5 ms each)", **sizes)
    table = Table(("database", "streams", "poll p50 ms", "p95", "pass p50 ms", "p95", "idle poll p50 ms"))
    with places.sqlite() as few, places.sqlite() as many:
        _compare(table, "SQLite", {FEW: few, options.streams: many}, options.dirty)
    stack = places.services("postgresql")
    if stack is not None:
        with places.postgresql(stack) as few, places.postgresql(stack) as many:
            _compare(table, "PostgreSQL", {FEW: few, options.streams: many}, options.dirty)
    table.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=10**6)
    parser.add_argument("--dirty", type=int, default=10)
    parser.add_argument("--act", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(table: Table, name: str, databases: dict[int, dict[str, str]], dirty: int) -> None:
    medians: list[list[float]] = []
    for streams, env in databases.items():
        seen = places.side(MODULE, "--act", "--streams", streams, "--dirty", dirty, environment=env)
        poll, one_pass, idle = seen["poll"], seen["pass"], seen["idle"]
        medians.append([percentile(values, 50) for values in (poll, one_pass, idle)])
        cells = [milliseconds(percentile(values, p)) for values in (poll, one_pass) for p in (50, 95)]
        table.add(name, f"{streams:,}", *cells, milliseconds(medians[-1][2]))
    few, many = medians
    ratios = [f"{b / a:.2f} times" for a, b in zip(few, many, strict=True)]
    table.add(name, "ratio", ratios[0], "", ratios[1], "", ratios[2])


def act(options: argparse.Namespace) -> dict[str, list[float]]:
    """Fill this side's database, then time polls and passes; seconds."""
    from events_app.benchmarks import log_data  # noqa: PLC0415 - needs django.setup()
    from events_app.relay import Relay  # noqa: PLC0415
    from events_app.transports.embedded import EmbeddedTransport  # noqa: PLC0415

    log_data.register()
    log_data.insert_streams(options.streams, head=1, settled=True)
    # The other consumers get cursors for the ten streams only: no cursor means position 0.
    log_data.insert_cursors("audit", 1)
    log_data.analyze()
    relay = Relay(EmbeddedTransport(), holder="bench")
    relay.poll()
    users = random.Random(SEED).sample(range(1, options.streams + 1), options.dirty)
    rounds = [_one_round(relay, users) for _ in range(ROUNDS + 3)][3:]
    return {name: [each[name] for each in rounds] for name in ("poll", "pass", "idle")}


def _one_round(relay: "Relay", users: list[int]) -> dict[str, float]:
    from events_app.benchmarks.log_data import FIRST_USER, task_updated  # noqa: PLC0415
    from events_app.consumers.reconcile import reconcile  # noqa: PLC0415
    from events_app.log.write import writing  # noqa: PLC0415
    from events_app.runtime.engine import deliver  # noqa: PLC0415
    from events_app.transports.embedded import EmbeddedTransport  # noqa: PLC0415

    for user in users:
        with writing(FIRST_USER + user) as log:
            log.record(task_updated(user))
    assert isinstance(relay.transport, EmbeddedTransport)
    with watched() as poll:
        moved = relay.poll()
    deliver(relay.transport)
    with watched() as one_pass:
        done = reconcile(quiet_seconds=0)
    with watched() as idle:
        relay.poll()
    assert moved == done.settled == len(users)
    return {"poll": poll.wall, "pass": one_pass.wall, "idle": idle.wall}


if __name__ == "__main__":
    main()
