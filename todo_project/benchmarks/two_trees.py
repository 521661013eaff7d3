"""The same benchmarks of two trees of this project, in turn: what a change of the code brought, on this machine.

`git worktree add ../before COMMIT`, then
`python -m todo_project.benchmarks.two_trees ../before "b1 --total 1000000" b2 b3 b4 "b5 --rate 400" b9 b10`

Each benchmark is given with its options and must be there in both trees. In each of three rounds (`--rounds`) it runs
once in each tree, on data of its own, and who is first changes from round to round; both run in this Python, with the
services of one devstack. The result is a table in Markdown: for each line and figure that both print, the median of the
rounds of each tree, the ratio of this tree to the one before, and how far the ratios of the rounds lie apart.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import getloadavg
from pathlib import Path
from statistics import median
from typing import Final

from devstack.bench import machine
from devstack.paths import REPOSITORY, stack_directory
from events_app.benchmarks.measure import Table, spread

# Columns that hold a figure, by their heading; others name the line, or say how often something was done.
_FIGURE: Final = re.compile(r"\bms\b|/s\b|, s$|\bMiB\b|µs|^p\d\d$|%")
_LEFT_OUT: Final = re.compile(r"^max\b")
_NAMES: Final = re.compile(
    r"^(list|view|search|write|request|reminders|database|beside|clients|waiting|due|data folder|tasks of the user"
    r"|carried by|events/s asked|platform)$"
)
_FAILED: Final = ("failed", "not 200")
_NUMBER: Final = re.compile(r"^[\d,]+(\.\d+)?")

Line = tuple[str, ...]
"""What names a figure: the benchmark as it was asked for, the cells that name its line, the heading of its column."""


class BenchmarkError(Exception):
    """A benchmark is not in a tree, or ended without its figures."""


@dataclass
class Figures:
    """What one benchmark printed in one tree, once."""

    values: dict[Line, float] = field(default_factory=dict)
    failed: int = 0


def read_figures(benchmark: str, printed: str) -> Figures:
    """Return the figures in the Markdown tables that a benchmark printed."""
    found = Figures()
    for heading, rows in _tables(printed):
        for row in rows:
            cells = dict(zip(heading, row, strict=True))
            names = [cell for title, cell in cells.items() if _NAMES.search(title)]
            for title, cell in cells.items():
                if title in _FAILED:
                    found.failed += int(cell)
                elif _is_figure(title) and (number := _NUMBER.match(cell)):
                    plain = re.sub(r", median \(rounds\)$", "", title)
                    found.values[(benchmark, *names, plain)] = float(number[0].replace(",", ""))
    return found


def _is_figure(title: str) -> bool:
    return bool(_FIGURE.search(title)) and not (_LEFT_OUT.search(title) or _NAMES.search(title))


def _tables(printed: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield the heading and the rows of each table."""
    rows: list[list[str]] = []
    for line in [*printed.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip()[1:-1].split("|")])
        elif rows:
            yield rows[0], rows[2:]
            rows = []


def run_benchmark(tree: Path, asked: str) -> Figures:
    """Run a benchmark with its options, such as `b5 --rate 400`, once in a tree. Raises BenchmarkError."""
    number, *options = shlex.split(asked)
    found = sorted(tree.glob(f"*/benchmarks/{number}_*.py"))
    if len(found) != 1:
        raise BenchmarkError(f"{tree} has no benchmark {number}")
    once = ["--rounds", "1"] if "--rounds" in found[0].read_text() else []
    module = ".".join(found[0].relative_to(tree).with_suffix("").parts)
    done = subprocess.run(
        [sys.executable, "-m", module, *once, *options],
        cwd=tree,
        env={**os.environ, "TODO_DEVSTACK_DIR": str(stack_directory()), "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    figures = read_figures(asked, done.stdout)
    if done.returncode or not figures.values:
        raise BenchmarkError(f"{tree}: {module} ended with {done.returncode}:\n{done.stdout}")
    return figures


def compare(
    before: Sequence[Mapping[Line, float]], after: Sequence[Mapping[Line, float]]
) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each line for which every round of both trees has a figure."""
    lines = [line for line in after[0] if all(line in one for one in (*before, *after))]
    for line in lines:
        pairs = [(old[line], new[line]) for old, new in zip(before, after, strict=True)]
        ratios = [new / old for old, new in pairs if old]
        benchmark, *names, title = line
        yield (
            benchmark,
            " · ".join(names),
            title,
            _figure([old for old, _ in pairs]),
            _figure([new for _, new in pairs]),
            spread(ratios, ".2f") if ratios else "",
        )


def _figure(values: Sequence[float]) -> str:
    return spread(values, ",.0f" if median(values) >= 100 else ".2f")


def main() -> None:
    """Measure both trees in turn and print a table after each benchmark."""
    options = _options()
    print(
        f"{machine()}\nBefore: {_commit(options.before)}; after: {_commit(REPOSITORY)}; rounds {options.rounds}"
    )
    failed = {options.before: 0, REPOSITORY: 0}
    for asked in options.benchmarks:
        rounds: dict[Path, list[Figures]] = {options.before: [], REPOSITORY: []}
        for number in range(options.rounds):
            for tree in list(rounds)[:: 1 if number % 2 == 0 else -1]:
                _note(f"{asked}: round {number + 1}, {tree}, load {getloadavg()[0]:.1f}")
                rounds[tree].append(run_benchmark(tree, asked))
        for tree, found in rounds.items():
            failed[tree] += sum(each.failed for each in found)
        old, new = ([each.values for each in found] for found in rounds.values())
        table = Table(("", "line", "figure", "before (rounds)", "after (rounds)", "after / before (rounds)"))
        for cells in compare(old, new):
            table.add(*cells)
        table.show()
    print(f"Requests that failed: {failed[options.before]} before, {failed[REPOSITORY]} after.")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _commit(tree: Path) -> str:
    done = subprocess.run(
        ["git", "log", "-1", "--format=%h of %cs"], cwd=tree, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or str(tree)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=lambda text: Path(text).resolve(), help="folder of the other tree")
    parser.add_argument("benchmarks", nargs="+", help="each with its options, such as b2 or 'b5 --rate 400'")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        raise SystemExit(f"two_trees: {error}") from None
