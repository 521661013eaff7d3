"""Anchors are found again in what the platform logs, in both of its formats."""

import logging
from pathlib import Path
from typing import Any

import pytest

from audit_app.anchors.making import make_anchors
from audit_app.tests.anchors.test_anchors import faults, file, rewrite
from todo_project.logs.formatters import JsonFormatter, TextFormatter

__all__ = ["file"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("formatter", [TextFormatter, JsonFormatter])
def test_the_lines_of_the_log_do_as_well(
    caplog: pytest.LogCaptureFixture, file: Path, formatter: Any
) -> None:
    with caplog.at_level(logging.INFO):
        make_anchors()
    [record] = [each for each in caplog.records if each.name == "audit_app.anchors.making"]
    file.write_text(f"something else\n{formatter(secrets=()).format(record)}\n")
    assert faults(file) == []
    rewrite(1)
    assert [fault.user_id for fault in faults(file)] == [1]
