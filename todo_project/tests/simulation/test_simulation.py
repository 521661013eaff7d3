"""The event core keeps its promises under every seed; test_mutants.py has the ways to break them."""

from pathlib import Path

import pytest

from events_app.runtime.crash import CRASH_POINTS
from todo_project.simulation.chaos import ROUGH
from todo_project.simulation.database import Snapshot
from todo_project.simulation.runner import run_seed

# The same for everyone: fresh ones are for `make simulate` and the nightly run, where no push waits for them.
FIXED_SEEDS = range(1, 41)
KEPT_SEEDS = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", FIXED_SEEDS)
def test_fixed_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot)
    assert not outcome.failures, outcome.report()


@pytest.mark.parametrize("seed", KEPT_SEEDS)
def test_kept_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot)
    assert not outcome.failures, outcome.report()


@pytest.mark.slow
def test_processes_are_killed_at_every_step_from_commit_to_consumer(snapshot: Snapshot) -> None:
    roles = ("writing.", "relay.", "kernel.", "inbox.", "reconcile.")
    wanted = {point for point in CRASH_POINTS if point.startswith(roles)} | {"subscriber.before_advance"}
    outcomes = (run_seed(seed, snapshot, rates=ROUGH) for seed in FIXED_SEEDS)
    assert any(not (wanted := wanted - outcome.passed) for outcome in outcomes), wanted


def test_a_seed_replays_exactly(snapshot: Snapshot) -> None:
    first, second = (run_seed(7, snapshot, rates=ROUGH) for _ in range(2))
    assert (first.trace, first.failures) == (second.trace, second.failures)
