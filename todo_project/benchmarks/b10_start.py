"""B10: `manage.py up` from its start to its first answers, and what it needs when nothing happens.

`python -m todo_project.benchmarks.b10_start [--rounds 3] [--idle 8]`

Fresh: an empty data folder, so migrations and the first administrator are in it. Second: the same folder again. Memory
and processor time are those of the process and all its descendants, once it is ready and has been left alone.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from devstack.ports import LOOPBACK, http_succeeds, pick
from events_app.benchmarks import places
from events_app.benchmarks.measure import Table, announce, spread

PATIENCE = 120.0
LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Start:
    """Seconds until `/livez` and until `/readyz` answered 200; then, idle, mebibytes and share of a core.

    `worked` is the processor's time up to then, which other load on the machine changes less.
    """

    first: float
    ready: float
    worked: float
    pss: float
    rss: float
    busy: float


def main() -> None:
    """Start fresh and again, a few times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=float, default=8.0, help="seconds to leave it alone")
    options = parser.parse_args()
    announce(
        "`manage.py up`: start to first 200, and idle (aim: ≤ 3 s, ≤ 400 MiB)",
        rounds=options.rounds, idle_seconds=options.idle,
    )  # fmt: skip
    fresh, again = [], []
    for _ in range(options.rounds):
        with TemporaryDirectory(prefix="todo-bench-") as folder:
            fresh.append(_start(Path(folder), idle=0))
            again.append(_start(Path(folder), idle=options.idle))
    table = Table(
        ("data folder", "first 200, s", "ready, s", "processor, s", "PSS MiB", "RSS MiB", "idle, % of a core")
    )
    _add(table, "fresh", fresh)
    _add(table, "second start", again)
    table.show()


def _add(table: Table, name: str, starts: list[Start]) -> None:
    times = (
        spread([start.first for start in starts], ".2f"),
        spread([start.ready for start in starts], ".2f"),
    )
    worked = spread([start.worked for start in starts], ".2f")
    idle = [f"{median(values):.0f}" for values in zip(*((s.pss, s.rss) for s in starts), strict=True)]
    busy = f"{median(start.busy for start in starts) * 100:.1f}"
    table.add(name, *times, worked, *([*idle, busy] if starts[0].pss else ("", "", "")))


def _start(folder: Path, *, idle: float) -> Start:
    """Start it once, leave it alone for so long, and stop it."""
    [port] = pick(1)
    given = {"TODO_DATA_DIR": str(folder), "TODO_HOST": LOOPBACK, "TODO_PORT": str(port)}
    began = monotonic()
    with places.role("up", environment=places.environment(given)) as up:
        first = _until(port, "/livez", began)
        ready = _until(port, "/readyz", began)
        worked = up.cpu_seconds
        if not idle:
            return Start(first, ready, worked, 0, 0, 0)
        sleep(idle)
        busy_before, at = up.cpu_seconds, monotonic()
        sleep(idle)
        busy = (up.cpu_seconds - busy_before) / (monotonic() - at)
        pids = up.pids
        return Start(first, ready, worked, _mebibytes(pids, "Pss"), _mebibytes(pids, "Rss"), busy)


def _until(port: int, path: str, began: float) -> float:
    """Return how long after `began` the path answered 200."""
    while not http_succeeds(port, path):
        assert monotonic() < began + PATIENCE, f"{path} did not answer 200"
        sleep(LOOK_SECONDS)
    return monotonic() - began


def _mebibytes(pids: list[int], name: str) -> float:
    """Sum one line of proc_pid_smaps_rollup(5) over processes; `Pss` divides what they share."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{name}:"):
                total += int(line.split()[1])
    return total / 1024


if __name__ == "__main__":
    main()
