"""Starts services for tests of any app. Without a service a test is skipped with the reason; in CI it fails."""

from __future__ import annotations

import pytest

from devstack.cli import in_ci
from devstack.errors import MissingTool
from devstack.stack import Stack
from devstack.tools import CHROMIUM, NGINX, Tool, ensure


def require_services(*names: str) -> Stack:
    """Start the named services of the shared stack unless they run; return the stack.

    Several test processes may call it at the same time. A test that breaks a service uses a `temporary_stack`.
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
    """Install nginx when it is missing; skip the test where that is not possible, or fail in CI."""
    _require("proxy", NGINX)


def require_chromium() -> None:
    """Install Chromium when it is missing; skip the test where that is not possible, or fail in CI."""
    _require("browser", CHROMIUM)


def _require(service: str, tool: Tool) -> None:
    try:
        ensure(service, [tool])
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))
