"""Run the benchmarks: `make bench`, or `python -m devstack.bench b6 b10` for some of them.

A benchmark is a module `<app>/benchmarks/b<number>_….py`, run in its own process. It prints its figures with unit,
load, rounds and spread. The first line of the output describes the machine.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from devstack.paths import REPOSITORY


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, or all, one after the other; return 0, 1 when one failed, 2 when there is none."""
    print(machine(), flush=True)
    found = [path for path in benchmarks() if not wanted or path.stem.split("_")[0] in wanted]
    if not found:
        print(
            f"No such benchmark; there are {', '.join(path.stem for path in benchmarks())}.", file=sys.stderr
        )
        return 2
    return max(run_benchmark(path) for path in found)


def benchmarks() -> list[Path]:
    """Return every benchmark's module, in the order of its number."""
    found = REPOSITORY.glob("*/benchmarks/b[0-9]*_*.py")
    return sorted(found, key=lambda path: int(path.stem.split("_")[0].removeprefix("b")))


def run_benchmark(path: Path) -> int:
    """Run one benchmark; return 0, or 1 when it failed."""
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    print(f"\n## {path.stem}", flush=True)
    return int(subprocess.run([sys.executable, "-m", module], check=False, cwd=REPOSITORY).returncode != 0)


def machine() -> str:
    """Return one line about the machine: processor, cores, memory, system, Python, load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"Machine: {cpu_name()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def cpu_name() -> str:
    """Return the processor's name, or its architecture where the system does not name it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
