"""For tests of any app: the services they need, or a skip that says why; in CI a failure."""

from __future__ import annotations

import pytest

from devstack.cli import in_ci
from devstack.errors import MissingTool
from devstack.stack import Stack
from devstack.tools import NGINX, ensure


def require_services(*names: str) -> Stack:
    """Start the named services of the shared stack unless they run; returns the stack.

    Several test processes may ask at once. A test that breaks a service takes a `temporary_stack`.
    """
    stack = Stack()
    try:
        stack.require(*names)
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))
    return stack


def require_nginx() -> None:
    """Have the program `nginx` here: skips the test where it cannot be installed, fails in CI."""
    try:
        ensure("proxy", [NGINX])
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))
