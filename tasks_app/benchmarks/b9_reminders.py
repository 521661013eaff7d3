"""B9: many reminders due at one instant, and what a sweep costs among many that only wait.

`python -m tasks_app.benchmarks.b9_reminders [--owners 10000] [--pending 1000000]`

One instant: each of the owners has a reminder due at the same moment; sweeps start when it comes, as a wake-up
at that moment would have it, and each firing's lateness is the commit of its event minus the instant. What a
waker adds is not in it: a Dapr job comes at the instant, Celery beat within a second, the relay's loop within five.
With the notifications: the same, then the consumer is brought up to date in this one process.

Flat: ten reminders of ten owners are due among 10³, and among many more, that wait for later.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import sleep, time
from typing import Any
from unittest.mock import patch

import django

from events_app.benchmarks import places
from events_app.benchmarks.measure import (
    QUANTILES,
    Table,
    announce,
    milliseconds,
    percentile,
    quantiles,
    watched,
)

MODULE = "tasks_app.benchmarks.b9_reminders"
FEW = 1000
DUE = 10
SWEEPS = 20
NOTIFIED = 1000


def main() -> None:
    """Measure on both databases, unless the options choose one side."""
    options = _options()
    if options.act:
        django.setup()
        print(
            json.dumps(
                {"instant": one_instant, "notified": notify_owners, "flat": flat}[options.act](options)
            )
        )
        return
    announce(
        "Reminders due at one instant, and sweeps among many that wait (aim: p99 ≤ 1 s; flat)",
        owners=f"{options.owners:,}", notified=f"{NOTIFIED:,}", pending=f"{FEW:,} and {options.pending:,}",
    )  # fmt: skip
    instant = Table(("database", "reminders", "sweeps", *QUANTILES, "processor, µs each"))
    sweeps = Table(("database", "waiting", "due", "sweep p50 ms", "p95", "idle sweep p50 ms"))
    _measure("SQLite", instant, sweeps, options)
    if places.services("postgresql") is not None:
        _measure("PostgreSQL", instant, sweeps, options)
    instant.show()
    print()
    sweeps.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--owners", type=int, default=10_000)
    parser.add_argument("--pending", type=int, default=10**6)
    parser.add_argument("--act", choices=("instant", "notified", "flat"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, instant: Table, sweeps: Table, options: argparse.Namespace) -> None:
    make = places.sqlite if name == "SQLite" else _fresh_postgresql
    for act, owners in (("instant", options.owners), ("notified", NOTIFIED)):
        with make() as env:
            seen = places.side(MODULE, "--act", act, "--owners", owners, environment=env)
        what = "fired" if act == "instant" else "fired with notifications"
        cost = f"{seen['processor'] / owners * 1e6:.0f}"
        instant.add(name, f"{owners:,} {what}", seen["rounds"], *quantiles(seen["late"]), cost)
        print(*instant.rows[-1], sep="  ", flush=True)
    medians = []
    for pending in (FEW, options.pending):
        with make() as env:
            seen = places.side(MODULE, "--act", "flat", "--pending", pending, environment=env)
        medians.append([percentile(seen[each], 50) for each in ("sweep", "idle")])
        cells = [milliseconds(percentile(seen["sweep"], percent)) for percent in (50, 95)]
        sweeps.add(name, f"{pending:,}", DUE, *cells, milliseconds(medians[-1][1]))
        print(*sweeps.rows[-1], sep="  ", flush=True)
    ratios = [f"{many / few:.2f} times" for few, many in zip(*medians, strict=True)]
    sweeps.add(name, "ratio", "", ratios[0], "", ratios[1])


@contextmanager
def _fresh_postgresql() -> Iterator[dict[str, str]]:
    stack = places.services("postgresql")
    assert stack is not None
    with places.postgresql(stack) as env:
        yield env


def one_instant(options: argparse.Namespace) -> dict[str, Any]:
    """Fire one reminder of each owner; seconds from the instant to the commit, for each."""
    from events_app.log.write import record_across  # noqa: PLC0415 - needs django.setup()

    due_at = _prepared(options.owners)
    late: list[float] = []
    sizes: list[int] = []

    def noting_size(histories: Any) -> int:
        sizes.append(record_across(histories))
        return sizes[-1]

    def noting_commit(step: str) -> None:
        if step == "sweep.after_commit":
            late.extend([time() - due_at] * sizes.pop())

    module = "tasks_app.operations.reminders.fire"
    with patch(f"{module}.record_across", noting_size), patch(f"{module}.crash_point", noting_commit):
        processor, rounds = _sweep_at(due_at)
    assert len(late) == options.owners
    return {"late": late, "processor": processor, "rounds": rounds}


def notify_owners(options: argparse.Namespace) -> dict[str, Any]:
    """Fire one reminder of each owner, then make the notifications; seconds from the instant, for each."""
    from events_app.consumers.kernel import advance  # noqa: PLC0415
    from events_app.contracts import stream_key  # noqa: PLC0415
    from events_app.models import Event  # noqa: PLC0415

    due_at = _prepared(options.owners)
    processor, rounds = _sweep_at(due_at)
    with watched() as consumer:
        advance("notifications", {stream_key(owner): 1 for owner in range(1, options.owners + 1)})
    shown = Event.objects.filter(type="notification.created").values_list("occurred_at", flat=True)
    late = [moment.timestamp() - due_at for moment in shown]
    assert len(late) == options.owners
    return {"late": late, "processor": processor + consumer.cpu, "rounds": rounds}


def _prepared(owners: int) -> float:
    """Insert an owner, a task and a reminder each, all due at one instant soon; return it."""
    from events_app.benchmarks import log_data  # noqa: PLC0415
    from foundation.database.transactions import database_now  # noqa: PLC0415
    from tasks_app.benchmarks import reminder_data  # noqa: PLC0415

    log_data.register()
    due_at = database_now().replace(microsecond=0) + timedelta(seconds=5 + owners // 1000)
    reminder_data.insert_owners(owners, at=due_at)
    reminder_data.insert_due(owners, fire_at=due_at)
    log_data.analyze()
    return due_at.timestamp()


def _sweep_at(due_at: float) -> tuple[float, int]:
    """Sweep from the instant on until nothing is left; return the processor's time, and how many sweeps."""
    from tasks_app.models import Reminder  # noqa: PLC0415
    from tasks_app.operations.reminders.fire import fire_due_reminders  # noqa: PLC0415

    assert time() < due_at, "preparing took too long: the instant has passed"
    sleep(due_at - time() + 0.001)
    rounds = 0
    with watched() as sweeping:
        while Reminder.objects.filter(status="pending").exists():
            fire_due_reminders()
            rounds += 1
    return sweeping.cpu, rounds


def flat(options: argparse.Namespace) -> dict[str, list[float]]:
    """Time sweeps that find ten due, and sweeps that find nothing, among many that wait; seconds."""
    from events_app.benchmarks import log_data  # noqa: PLC0415
    from foundation.database.transactions import database_now  # noqa: PLC0415
    from tasks_app.benchmarks import reminder_data  # noqa: PLC0415
    from tasks_app.operations.reminders.fire import fire_due_reminders  # noqa: PLC0415

    now = database_now().replace(microsecond=0)
    owners = max(FEW, options.pending // reminder_data.REMINDERS_PER_TASK)
    reminder_data.insert_owners(owners, at=now)
    reminder_data.insert_pending(options.pending, owners=owners, after=now + timedelta(days=1))
    reminder_data.insert_due(DUE, fire_at=now)
    log_data.analyze()
    seen: dict[str, list[float]] = {"sweep": [], "idle": []}
    for _ in range(SWEEPS):
        with watched() as sweep:
            fired = fire_due_reminders()
        with watched() as idle:
            fire_due_reminders()
        assert fired == DUE
        seen["sweep"].append(sweep.wall)
        seen["idle"].append(idle.wall)
        reminder_data.plan_again()
    return seen


if __name__ == "__main__":
    main()
