"""The list of crash points is exactly the set of the calls in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from events_app.runtime.crash import CRASH_POINTS


def _names_of_calls() -> Iterator[str]:
    """Yield the name in each call of `crash_point`."""
    for path in Path(settings.BASE_DIR).glob("*_*/**/*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crash_point":
                [name] = node.args
                assert isinstance(name, ast.Constant), f"{path} computes the name of a step"
                yield str(name.value)


def test_every_named_step_is_passed_somewhere_and_every_step_is_named() -> None:
    assert set(_names_of_calls()) == set(CRASH_POINTS)
