"""Processes that continue after the devstack command ends, and are recognised later.

A process is identified by its pid and its start time, because the system uses pids again.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack.waiting import wait_until

LOG_BYTES = 20 * 1024 * 1024
FREEZING_SECONDS = 5.0


@dataclass(frozen=True)
class Process:
    """A process that was started here. `started` is in clock ticks since boot (proc(5), field 22)."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        """Whether this process still runs; a zombie does not."""
        stat = _stat(self.pid)
        if stat is None or stat.started != self.started:
            return False
        if stat.state in "ZX":
            _reap(self.pid)
            return False
        return True

    def signal(self, number: int) -> bool:
        """Send a signal to this process unless it has ended; return whether it was sent."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:  # it ended just now
            return False
        return True

    def family(self) -> list[Process]:
        """Return this process and all its descendants, parents first."""
        children: dict[int, list[Process]] = {}
        for stat in _all_stats():
            children.setdefault(stat.parent, []).append(Process(stat.pid, stat.started))
        found = [self] if self.is_alive() else []
        for member in found:  # the list grows during the loop: it then reaches children of children
            found += children.get(member.pid, [])
        return found

    def pause(self) -> None:
        """Send SIGSTOP to the process and its descendants; return when all their threads have stopped."""
        family = self.family()
        _signal_all(family, signal.SIGSTOP)
        wait_until(lambda: all(_is_frozen(member.pid) for member in family), seconds=FREEZING_SECONDS)

    def resume(self) -> None:
        """Send SIGCONT to the process and its descendants."""
        _signal_all(self.family(), signal.SIGCONT)

    def stop(self, number: int, *, grace_seconds: float) -> bool:
        """Send signal `number` and wait; then SIGKILL all descendants too. Return True when SIGKILL was not needed."""
        family = self.family()
        self.signal(number)
        _signal_all(family, signal.SIGCONT)  # A paused process handles the signal only after SIGCONT.
        if wait_until(lambda: not self.is_alive(), seconds=grace_seconds):
            return True
        _signal_all(family, signal.SIGKILL)
        wait_until(lambda: not self.is_alive(), seconds=5)
        return False


@dataclass(frozen=True)
class Command:
    """What to run: program and arguments, additional environment variables, folder and user."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None

    def full_argv(self) -> list[str]:
        """Return the command line, after the programs that change user and folder and exec the next one."""
        argv = list(self.argv)
        if self.cwd:
            argv = ["env", f"--chdir={self.cwd}", *argv]
        if self.user:
            argv = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *argv]
        return argv


def spawn(command: Command, *, log: Path) -> Process:
    """Start `command` in its own session and append its output to `log`; return the process.

    It continues when this process ends. Raises FileNotFoundError when the program is missing.
    """
    argv = command.full_argv()
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(argv[0])
    _rotate(log)
    pid = os.posix_spawn(
        program,
        argv,
        {**os.environ, **command.env},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGHUP, signal.SIGTERM],
    )
    stat = _stat(pid)
    return Process(pid, stat.started if stat else 0)


@dataclass(frozen=True)
class _Stat:
    pid: int
    parent: int
    state: str
    started: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may contain spaces and parentheses.
    fields = text[text.rindex(")") + 2 :].split()
    return _Stat(pid=pid, parent=int(fields[1]), state=fields[0], started=int(fields[19]))


def _all_stats() -> Iterable[_Stat]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [stat for stat in map(_stat, pids) if stat]


def _signal_all(family: Iterable[Process], number: int) -> None:
    for member in family:
        member.signal(number)


def _is_frozen(pid: int) -> bool:
    """Whether all threads of the process are stopped or ended."""
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            state = stat.read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "TtZX":
            return False
    return True


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # Started by another process, which reaps it.


def _rotate(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
