"""A process as the first of its container: the kernel drops each signal that it does not handle (pid_namespaces(7))."""

import subprocess
from functools import cache
from pathlib import Path

from devstack.waiting import wait_until

_WAYS = (
    ("unshare", "--pid", "--fork", "--kill-child"),
    ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"),
)


@cache
def first_of_container() -> tuple[str, ...]:
    """The words before a command that make it the first process; none where this machine does not let us."""
    for way in _WAYS:
        if subprocess.run([*way, "true"], check=False, capture_output=True).returncode == 0:
            return way
    return ()


def child_of(pid: int, *, seconds: float) -> int:
    """The process that `unshare` has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    assert wait_until(lambda: bool(children.read_text().split()), seconds=seconds), "nothing was started"
    return int(children.read_text().split()[0])
