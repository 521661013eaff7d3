"""The real services for development, tests and benchmarks, started without containers on loopback ports.

    from devstack import stack, temporary_stack
    from devstack.dapr import Sidecar

On the command line: `python -m devstack --help`.
"""

from __future__ import annotations

from devstack.errors import DevstackError, MissingTool, ServiceFailed, UnknownService
from devstack.stack import ServiceOutcome, Stack, temporary_stack

__all__ = [
    "DevstackError",
    "MissingTool",
    "ServiceFailed",
    "ServiceOutcome",
    "Stack",
    "UnknownService",
    "stack",
    "temporary_stack",
]


def stack() -> Stack:
    """Return the stack of this repository, or of `TODO_DEVSTACK_DIR`."""
    return Stack()
