"""The house as a listing shows it: few modules in the root of an app, no module or function too long to be read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from todo_project.tests.test_names import modules

MOST_IN_ROOT = 8
MOST_LINES = 300
MOST_LINES_OF_FUNCTION = 40
# Longer than that, each with its reason.
LONGER = {
    "tasks_app/api/filters.py": "every query parameter of the list of tasks, declared one below the other",
    "todo_project/settings/base.py": "settings, in the order of Django's documentation",
    "todo_project/settings/env.py": "a table: one entry for each variable of the environment",
}


def lines_of(path: Path) -> int:
    return len((REPOSITORY / path).read_text().splitlines())


def functions() -> Iterator[tuple[str, int]]:
    """Each function of the product with its length in lines."""
    for path in modules():
        for node in ast.walk(ast.parse((REPOSITORY / path).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize(
    "app",
    [
        "foundation",
        "events_app",
        "tasks_app",
        "realtime_app",
        "notifications_app",
        "audit_app",
        "web_app",
        "accounts_app",
        "todo_project",
    ],
)
def test_the_root_of_an_app_has_few_modules(app: str) -> None:
    found = {path.stem for path in (REPOSITORY / app).glob("*.py")} - {"__init__", "apps", "conftest"}
    assert len(found) <= MOST_IN_ROOT, sorted(found)


def test_no_module_is_too_long() -> None:
    found = {str(path): lines_of(path) for path in modules() if lines_of(path) > MOST_LINES}
    assert found.keys() == LONGER.keys(), found


def test_no_function_is_too_long() -> None:
    assert {name: length for name, length in functions() if length > MOST_LINES_OF_FUNCTION} == {}
