"""Where JSON is asked for, every line of a role is JSON: also what packages print, refusals and crashes."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from devstack.paths import REPOSITORY
from todo_project.logs.json_lines import JsonLines
from todo_project.tests.up.starting import installation

MISSPELT = {"DJANGO_SETTINGS_MODULE": "todo_project.settings.production", "TODO_HOOST": "x"}


def written(*texts: str) -> list[dict[str, Any]]:
    below = StringIO()
    stream = JsonLines(below, level="info")
    for text in texts:
        stream.write(text)
    return [json.loads(line) for line in below.getvalue().splitlines()]


def test_what_is_an_object_passes_and_other_lines_become_one() -> None:
    assert written('{"a": 1}\n') == [{"a": 1}]
    for text in ("relay started\n", "{curly}\n", "[1]\n", "{\n"):
        [line] = written(text)
        assert line["message"] == text.strip()
        assert line.keys() == {"time", "level", "logger", "message"}


def test_a_line_may_come_in_parts_and_empty_ones_are_dropped() -> None:
    assert [line["message"] for line in written("\nrelay ", "started\n\nand ", "stopped\nno end")] == [
        "relay started",
        "and stopped",
    ]


def test_a_password_in_a_printed_line_is_hidden() -> None:
    [line] = written("cannot connect: password=hunter22\n")
    assert "hunter22" not in line["message"]


def test_a_refusal_is_json(tmp_path: Path) -> None:
    for given, arguments in ((MISSPELT, ["web"]), ({}, ["metrics"]), ({}, ["consume", "nobody"])):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=installation(tmp_path, TODO_LOG_FORMAT="json", **given),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        lines = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
        assert any("todo: " in line["message"] for line in lines), lines
