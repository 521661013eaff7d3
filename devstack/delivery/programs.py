"""The programs that talk to a cluster: run, and their failures as sentences.

DeliveryError            one sentence, or a few lines; can be printed as it is
├── ProgramMissing       a program is not there, or too old
└── ProgramFailed        a program ended with another code than 0; has the code and the end of what it said
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN_LINES = 15


class DeliveryError(Exception):
    """Base of what goes wrong on the way to a cluster."""


class ProgramMissing(DeliveryError):
    """A program must be installed first."""


class ProgramFailed(DeliveryError):
    """A program failed; `said` is the end of its output."""

    def __init__(self, argv: Sequence[str], *, code: int, said: str) -> None:
        lines = "\n".join(f"    {line}" for line in said.splitlines()[-_SHOWN_LINES:])
        super().__init__(
            f"`{shlex.join(argv[:6])}{' …' if len(argv) > 6 else ''}` ended with {code}:\n{lines}"
        )
        self.code, self.said = code, said


def run_program(argv: Sequence[str], *, given: str = "", shows: bool = False) -> str:
    """Run a program to its end and return what it printed; with `shows` each line is printed as it comes.

    `given` is its standard input. Secrets go there, never into arguments. Raises ProgramFailed, ProgramMissing.
    """
    try:
        return _follow(argv) if shows else _ask(argv, given)
    except FileNotFoundError:
        raise ProgramMissing(f"{argv[0]} is not installed") from None


def _ask(argv: Sequence[str], given: str) -> str:
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProgramFailed(argv, code=done.returncode, said=done.stderr.strip() or done.stdout.strip())
    return done.stdout


def _follow(argv: Sequence[str]) -> str:
    last: deque[str] = deque(maxlen=200)
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 -- it is a pipe
        for line in process.stdout:
            print(f"    {line.rstrip()}", flush=True)
            last.append(line)
    if process.returncode != 0:
        raise ProgramFailed(argv, code=process.returncode, said="".join(last))
    return "".join(last)


@dataclass(frozen=True)
class NeededProgram:
    """A program, how it tells its version, the oldest that will do, and where people get it."""

    name: str
    asks: tuple[str, ...]
    oldest: tuple[int, int]
    where: str

    def require(self) -> None:
        """Return when it is there and new enough. Raises ProgramMissing."""
        least = ".".join(map(str, self.oldest))
        if shutil.which(self.name) is None:
            raise ProgramMissing(f"{self.name} is not installed; {least} or later is needed: {self.where}")
        told = run_program([self.name, *self.asks])
        found = re.search(r"v?(\d+)\.(\d+)", told)
        if found is None or (int(found[1]), int(found[2])) < self.oldest:
            said = found[0] if found else repr(told[:40])
            raise ProgramMissing(f"{self.name} is {said}; {least} or later is needed: {self.where}")


HELM = NeededProgram(
    "helm", ("version", "--template", "{{.Version}}"), (4, 0), "https://helm.sh/docs/intro/install/"
)
KUBECTL = NeededProgram(
    "kubectl", ("version", "--client"), (1, 32), "https://kubernetes.io/docs/tasks/tools/"
)
MINIKUBE = NeededProgram(
    "minikube", ("version", "--short"), (1, 36), "https://minikube.sigs.k8s.io/docs/start/"
)
