"""Paths: a stack's own folder, and the cache of builds that all stacks share."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DAPR_FILES = REPOSITORY / "helm" / "todo" / "dapr"


def stack_directory() -> Path:
    """Return `TODO_DEVSTACK_DIR`, or `.devstack` in the repository. It may not exist yet."""
    chosen = os.environ.get("TODO_DEVSTACK_DIR")
    return Path(chosen).expanduser().resolve() if chosen else REPOSITORY / ".devstack"


def cache_directory() -> Path:
    """Return `TODO_DEVSTACK_CACHE`, or `todo-devstack` in the user's cache folder. Create it when it is missing."""
    chosen = os.environ.get("TODO_DEVSTACK_CACHE")
    user_cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    cache = Path(chosen or f"{user_cache}/todo-devstack").expanduser().resolve()
    cache.mkdir(parents=True, exist_ok=True)
    return cache
