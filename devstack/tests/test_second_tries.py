"""What a second try makes anew, how many there are, and what the end of a run says of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack import gate

pytestmark = pytest.mark.slow

MANY_THAT_FAIL = """
import pytest

@pytest.mark.parametrize("number", range(10))
def test_no(number):
    assert not number + 1
"""
TESTS = """
import pathlib, pytest

def tries(name):
    file = pathlib.Path(__file__).with_name(name)
    file.write_text(file.read_text() + "x" if file.exists() else "x")
    return len(file.read_text())

@pytest.fixture(scope="module")
def server():
    return []

def test_first_no_then_yes(server):
    server.append("spoilt")
    assert tries("once") == 2
    assert len(server) == 1, "made anew"

def test_always_no():
    assert tries("always") < 0
"""


def run(folder: Path, tests: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(tests)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        *gate.SECOND_TRIES,
    ]
    done = subprocess.run(
        [*command, "-n", "1", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(gate.__file__).parents[1])},
    )
    return done.returncode, done.stdout


def test_a_test_has_two_tries_and_the_second_is_named(tmp_path: Path) -> None:
    code, said = run(tmp_path, TESTS)

    assert code == 1, "what fails twice has failed"
    assert "1 failed, 1 passed" in said
    assert "2 rerun" in said
    assert "RERUN test_it.py::test_first_no_then_yes" in said
    assert "assert 1 == 2" in said, "what it said at its first try"
    assert "FAILED test_it.py::test_always_no" in said
    assert len((tmp_path / "always").read_text()) == 2


def test_a_run_has_six_second_tries(tmp_path: Path) -> None:
    code, said = run(tmp_path, MANY_THAT_FAIL)

    assert code == 1
    assert "10 failed" in said
    assert "6 rerun" in said


def test_the_gate_runs_its_tests_so() -> None:
    assert all(set(gate.SECOND_TRIES) <= set(step.command) for step in gate.test_steps([]))
