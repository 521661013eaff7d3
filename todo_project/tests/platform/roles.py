"""One process of the platform, started by the command that starts it anywhere."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

from devstack.paths import REPOSITORY
from devstack.waiting import wait_until
from todo_project.tests.platform.first_process import child_of, first_of_container

# The machine may be busy: what is asserted is that something happens, not how fast.
PATIENCE = 60.0
SHOWN_CHARACTERS = 4000
# A test run that is killed leaves nothing behind; exec keeps the process number.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")


class Role:
    """A `manage.py` command (or `-m module`) in a process, and a session, of its own."""

    def __init__(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path, is_first: bool = False
    ) -> None:
        """With `is_first` it is the first process of a namespace, as in a container, where this machine can do that."""
        self.name = log.stem
        around = first_of_container() if is_first else ()
        self.log = log
        self._is_meant_to_run = True
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*around, *DIES_WITH_US, sys.executable, *arguments],
                cwd=REPOSITORY,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._hears = child_of(self._process.pid, seconds=PATIENCE) if around else self._process.pid

    @property
    def pid(self) -> int:
        """The process, which leads a session of its own."""
        return self._process.pid

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return self.log.read_text(errors="replace")

    @property
    def tail(self) -> str:
        """The end of its output, with a heading."""
        return f"--- {self.name} ---\n{self.output[-SHOWN_CHARACTERS:]}"

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Fail when it ended although nobody asked it to."""
        if self._is_meant_to_run:
            assert self.is_running, f"ended by itself with {self._process.returncode}\n{self.tail}"

    def says(self, text: str, *, seconds: float = PATIENCE) -> "Role":
        """Wait until it has printed `text`."""

        def is_said() -> bool:
            self.check()
            return text in self.output

        assert wait_until(is_said, seconds=seconds), f"did not say {text!r}\n{self.tail}"
        return self

    def signal(self, number: int) -> None:
        """Send a signal to the process alone."""
        os.kill(self._hears, number)

    def pause(self) -> None:
        """SIGSTOP, with all its children."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, with all its children, as a machine that loses power would."""
        self._is_meant_to_run = False
        if self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, *, seconds: float = PATIENCE) -> int:
        """Ask it to end, wait, and return its exit code."""
        self._is_meant_to_run = False
        self.signal(signal.SIGTERM)
        return self.ended(seconds=seconds)

    def may_end(self) -> "Role":
        """Say that it is expected to end by itself."""
        self._is_meant_to_run = False
        return self

    def ended(self, *, seconds: float = PATIENCE) -> int:
        """Wait until it has ended and return its exit code: minus the signal when one killed it."""
        self._is_meant_to_run = False
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end within {seconds:.0f} s\n{self.tail}") from None


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._since = monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self._since
