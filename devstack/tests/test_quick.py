"""`make quick` runs what exists, a part of what the gate runs, and keeps silent about nothing that failed."""

import pytest

from devstack import gate, quick
from devstack.paths import REPOSITORY


def test_every_file_of_tests_exists() -> None:
    assert [file for file in quick.test_files() if not (REPOSITORY / file).is_file()] == []


def test_every_app_has_its_layer() -> None:
    apps = {folder.name for folder in REPOSITORY.glob("*_app")}
    assert apps <= {file.partition("/")[0] for file in quick.test_files()}


def test_the_static_steps_are_the_gate_s_without_what_needs_a_network() -> None:
    names = [step.name for step in quick.quick_static_steps()]
    assert {"types", "lint", "format", "layers", "migrations"} <= set(names)
    assert set(names) < {step.name for step in gate.static_steps()}
    assert "vulnerabilities" not in names


@pytest.mark.parametrize(("seconds", "kept"), [(59.0, True), (61.0, False)])
def test_it_says_when_it_took_longer(seconds: float, kept: bool, capsys: pytest.CaptureFixture[str]) -> None:
    quick.print_quick_summary([gate.Result("tests", gate._OK, seconds)], seconds=seconds)
    assert ("more than 60" in capsys.readouterr().out) is not kept
