"""`make quick` runs what exists, a part of what the gate runs, and keeps silent about nothing that failed."""

import pytest

from devstack import gate, quick
from devstack.costs import Cost, choose_files, read_costs
from devstack.paths import REPOSITORY


def test_every_file_that_was_measured_exists() -> None:
    assert sorted(set(read_costs()) - quick.existing_files()) == []


def test_at_least_2000_tests_are_chosen() -> None:
    costs = read_costs()
    assert sum(costs[file].tests for file in quick.test_files() if file in costs) >= 2000


def test_every_app_has_its_layer() -> None:
    apps = {folder.name for folder in REPOSITORY.glob("*_app")}
    assert apps <= {file.partition("/")[0] for file in quick.test_files()}


def test_the_cheapest_tests_are_chosen_and_files_without_any_are_not() -> None:
    costs = {"dear": Cost(1, 900), "cheap": Cost(9, 900), "fair": Cost(2, 900), "none": Cost(0, 0)}
    assert choose_files(costs, budget_seconds=1.8) == ["cheap", "fair"]


def test_the_static_steps_are_the_gate_s_without_what_needs_a_network() -> None:
    names = [step.name for step in quick.quick_static_steps()]
    assert {"types", "lint", "format", "layers", "migrations"} <= set(names)
    assert set(names) < {step.name for step in gate.static_steps()}
    assert "vulnerabilities" not in names


@pytest.mark.parametrize(("seconds", "kept"), [(59.0, True), (61.0, False)])
def test_it_says_when_it_took_longer(seconds: float, kept: bool, capsys: pytest.CaptureFixture[str]) -> None:
    quick.print_quick_summary([gate.Result("tests", gate._OK, seconds)], seconds=seconds)
    assert ("more than 60" in capsys.readouterr().out) is not kept
