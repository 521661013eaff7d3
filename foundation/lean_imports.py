"""Imports of packages that look for further packages, of which this platform uses nothing.

Their authors allow for those packages to be missing. Without them a process is smaller and starts sooner.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_packages(*names: str) -> Iterator[None]:
    """Let imports inside the block find none of these packages, unless they are loaded already.

    Imports after the block find them. Only for imports of modules at the start, while one thread runs.
    """
    hidden = [name for name in names if name not in sys.modules]
    # With None for a name, the import system raises ModuleNotFoundError:
    # https://docs.python.org/3/reference/import.html#the-module-cache
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # so says the reference
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
