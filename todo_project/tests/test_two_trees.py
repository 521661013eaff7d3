"""The comparison of two trees: it reads the tables that benchmarks print, and compares what both have."""

from pathlib import Path

import pytest

from events_app.benchmarks.measure import Table, spread
from todo_project.benchmarks.two_trees import BenchmarkError, Line, compare, read_figures, run_benchmark

PROGRAM = """
import sys
assert sys.argv[1:] == ["--rounds", "1", "--seconds", "2"], sys.argv
print("Machine")
print("| view | requests/s, median (rounds) | p95 ms | max ms | not 200 |")
print("| ---- | --------------------------- | ------ | ------ | ------- |")
print("| list | 1,204 (1,100…1,300)         | 8.50   | 20     | 1       |")
"""


def printed(*rates: float) -> str:
    """What a benchmark prints, between lines of other kinds."""
    table = Table(("database", "write", "writes/s, median (rounds)", "p95 ms", "max ms", "failed"))
    table.add("SQLite", "create", spread(list(rates)), "12.3", "99", "2")
    table.add("SQLite", "update", spread(list(rates)), "", "99", "0")
    lines = [list(table.heading), ["---"] * 6, *table.rows]
    return "\n".join(["Writes, seed 1", *(f"| {' | '.join(line)} |" for line in lines), "the end"])


def test_figures_are_read_by_what_names_them() -> None:
    found = read_figures("b4", printed(1200, 900, 1500))
    assert found.values == {
        ("b4", "SQLite", "create", "writes/s"): 1200,
        ("b4", "SQLite", "create", "p95 ms"): 12.3,
        ("b4", "SQLite", "update", "writes/s"): 1200,
    }
    assert found.failed == 2


def test_lines_of_both_trees_are_compared_round_by_round() -> None:
    rate: Line = ("b4", "create", "writes/s")
    gone: Line = ("b4", "gone", "p95 ms")
    new: Line = ("b4", "new", "p95 ms")
    before = [{rate: each, gone: 1.0} for each in (100.0, 110.0, 90.0)]
    after = [{rate: each, new: 1.0} for each in (200.0, 110.0, 270.0)]
    assert list(compare(before, after)) == [
        ("b4", "create", "writes/s", "100 (90…110)", "200 (110…270)", "2.00 (1.00…3.00)")
    ]


@pytest.mark.slow
def test_a_program_of_a_tree_runs_once_with_its_options(tmp_path: Path) -> None:
    (tmp_path / "some_app" / "benchmarks").mkdir(parents=True)
    (tmp_path / "some_app" / "benchmarks" / "b2_load.py").write_text(PROGRAM)
    found = run_benchmark(tmp_path, "b2 --seconds 2")
    name = "b2 --seconds 2"
    assert found.values == {(name, "list", "requests/s"): 1204, (name, "list", "p95 ms"): 8.5}
    assert found.failed == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "message"), [("b3", "no benchmark b3"), ("b2 --seconds 3", "ended with 1")]
)
def test_a_benchmark_that_gives_no_figures_is_named(tmp_path: Path, asked: str, message: str) -> None:
    (tmp_path / "some_app" / "benchmarks").mkdir(parents=True)
    (tmp_path / "some_app" / "benchmarks" / "b2_load.py").write_text(PROGRAM)
    with pytest.raises(BenchmarkError, match=message):
        run_benchmark(tmp_path, asked)
