"""Dapr: one scheduler per stack, one `daprd` per application.

with Sidecar("todo-web", 8000) as sidecar:
    ...
"""

from __future__ import annotations

from devstack.dapr.launch import SidecarOptions
from devstack.dapr.sidecar import Sidecar

__all__ = ["Sidecar", "SidecarOptions"]
