"""Percentiles, rounds and tables for the figures of all benchmarks. Pure: no database, no Django."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from os import getloadavg
from statistics import median
from time import perf_counter, process_time

SEED = 20260131


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile; values need not be sorted, and there is at least one."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def milliseconds(seconds: float) -> str:
    """Return a duration for a table's cell."""
    return f"{seconds * 1000:.2f}" if seconds < 0.01 else f"{seconds * 1000:.1f}"


def quantiles(seconds: Sequence[float]) -> list[str]:
    """Return p50, p95, p99 and the worst, in milliseconds, for a table's row."""
    return [milliseconds(percentile(seconds, percent)) for percent in (50, 95, 99, 100)]


QUANTILES = ("p50 ms", "p95 ms", "p99 ms", "max ms")


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """Return `median (lowest…highest)` of some rounds."""
    return f"{median(values):{form}} ({min(values):{form}}…{max(values):{form}})"


@dataclass
class Watch:
    """The seconds that a block took: wall time, and processor time of this process."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def watched() -> Iterator[Watch]:
    """Measure the block."""
    watch = Watch()
    wall, cpu = perf_counter(), process_time()
    yield watch
    watch.wall, watch.cpu = perf_counter() - wall, process_time() - cpu


@dataclass
class Table:
    """Rows under a heading, printed with aligned columns."""

    heading: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([str(cell) for cell in cells])

    def show(self) -> None:
        """Print it as Markdown."""
        lines = [list(self.heading), *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heading))]
        lines.insert(1, ["-" * width for width in widths])
        for line in lines:
            print(
                "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            )


def announce(what: str, **sizes: object) -> None:
    """Print what is measured, with its sizes, the seed, and how busy the machine is."""
    parameters = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in sizes.items())
    print(f"{what}\n{parameters}; seed {SEED}; load {getloadavg()[0]:.1f}", flush=True)
