"""B14: `manage.py backup` and `manage.py restore` of many tasks: seconds, rows a second, size, highest memory.

`python -m todo_project.benchmarks.b14_backup [--tasks 1000000] [--postgresql]`

An SQLite database with so many tasks of 1,001 people, an event and an entry of the audit trail for each. With
`--postgresql` it is restored into a database of the devstack, and backed up from there; else into another file. What is
restored must be proved: a restore that does not end with 0 fails the benchmark.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from devstack import Stack
from devstack.paths import REPOSITORY, stack_directory
from events_app.benchmarks import places
from events_app.benchmarks.measure import Table, announce
from todo_project.benchmarks import backup_data


def main() -> None:
    """Fill, back up, restore, back up again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true", help="restore into PostgreSQL")
    options = parser.parse_args()
    announce("backup and restore (aim: ≤ 5 min, ≤ 150 MB, ≥ 20,000 rows/s for a backup)", tasks=options.tasks)
    table = Table(("what", "seconds", "of them processor", "rows/s", "memory, MB", "file, MB"))
    with places.sqlite() as first, TemporaryDirectory(prefix="todo-bench-") as folder:
        rows = int(places.side(backup_data.MODULE, str(options.tasks), environment=first))
        backup = Archive(Path(folder) / "backup.tar.gz", rows)
        table.add("backup, SQLite", *_measure("backup", backup, environment=first))
        with _empty_place(Path(folder), postgresql=options.postgresql) as second:
            kind = "PostgreSQL" if options.postgresql else "SQLite"
            table.add(f"restore, {kind}", *_measure("restore", backup, environment=second))
            table.add(f"backup, {kind}", *_measure("backup", backup, environment=second))
    table.show()


@dataclass(frozen=True)
class Archive:
    """A backup, and how many rows it has."""

    path: Path
    rows: int


def _measure(command: str, backup: Archive, *, environment: Mapping[str, str]) -> list[str]:
    """Run a command; return its time, the processor's, rows a second, its highest memory and the size of the file."""
    began = monotonic()
    manage = [sys.executable, str(REPOSITORY / "manage.py"), command, str(backup.path)]
    _, status, used = os.wait4(os.posix_spawn(sys.executable, manage, dict(environment)), 0)
    seconds = monotonic() - began
    assert os.waitstatus_to_exitcode(status) == 0, f"{command} failed"
    worked, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6
    size = backup.path.stat().st_size / 1e6
    return [f"{each:,.0f}" for each in (seconds, worked, backup.rows / seconds, memory, size)]


@contextmanager
def _empty_place(folder: Path, *, postgresql: bool) -> Iterator[dict[str, str]]:
    """Yield the environment of a database without tables."""
    if not postgresql:
        yield places.environment({"TODO_DATABASE_URL": f"sqlite:///{folder / 'other.sqlite3'}"})
        return
    stack, name = Stack(stack_directory()), f"bench_backup_{os.getpid()}"
    stack.require("postgresql")
    try:
        yield places.environment({"TODO_DATABASE_URL": stack.create_database(name)})
    finally:
        stack.drop_database(name)


if __name__ == "__main__":
    main()
