"""The gate begins with the files that take longest: by record, else by what is declared."""

import subprocess
import sys
from pathlib import Path

from devstack import gate
from devstack.paths import REPOSITORY

QUICK = "def test_one(): pass\n" * 2
SLOW = "import pytest\n\n@pytest.mark.slow\ndef test_waits(): pass\n"
SLEEPS = "import time\n\ndef test_sleeps(): time.sleep(0.3)\n"


def order(folder: Path, *options: str) -> list[str]:
    """Return the names of the files in the order in which their tests ran."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "devstack.slow_first", "-p", "no:django"]
    config = ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, *config, *options, str(folder)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if "PASSED" in line]
    return [line.partition("::")[0].rpartition("test_")[2] for line in lines]


def files_in(folder: Path) -> Path:
    for name, text in {"a_quick": QUICK, "b_sleeps": SLEEPS, "c_slow": SLOW}.items():
        (folder / f"test_{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: takes more than ten seconds\n")
    return folder


def test_a_file_without_a_record_counts_what_is_declared(tmp_path: Path) -> None:
    assert order(files_in(tmp_path))[0] == "c_slow.py"


def test_a_record_is_kept_and_outweighs_what_is_declared(tmp_path: Path) -> None:
    folder = files_in(tmp_path)
    order(folder)
    assert order(folder)[0] == "b_sleeps.py"


def test_processes_get_the_same_order(tmp_path: Path) -> None:
    folder = files_in(tmp_path)
    order(folder)
    options = ["-n", "1", *gate.SLOW_FIRST[2:]]
    lines = order(folder, *options)
    assert "b_sleeps" in lines[0]


def test_another_selection_has_another_record(tmp_path: Path) -> None:
    folder = files_in(tmp_path)
    order(folder)
    assert order(folder, "-m", "not slow")[0] == "a_quick.py"


def test_both_runs_of_the_gate_begin_with_what_is_slow() -> None:
    assert all(set(gate.SLOW_FIRST) <= set(step.command) for step in gate.test_steps([]))
