"""Run a Python command in `.venv`, which is created on first use from the lock with hashes.

    python3 devstack/bootstrap.py [--dev] ARGUMENTS OF PYTHON…

`--dev` also installs the packages for development and tests. The environment is installed again only when its lock
has changed; until then no network is needed. This file uses only the standard library and the syntax of older Pythons,
so that they can print which Python is required. Exit code 2: this machine lacks something, printed as one sentence.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

WANTED = (3, 11)
_ROOT = Path(__file__).resolve().parent.parent
VENV = _ROOT / ".venv"
MAKE = (sys.executable, "-m", "venv", "--clear")
VENV_PYTHON = VENV / "bin" / "python"


class RequirementMissing(Exception):
    """The machine lacks something; the message is one sentence that says how to install it."""


def main(arguments: list[str]) -> NoReturn:
    """Update the environment, then replace this process by the command; exit with 2 when that is not possible."""
    dev = arguments[:1] == ["--dev"]
    command = arguments[1:] if dev else arguments
    try:
        use_wanted_python()
        make_current("requirements-dev.txt" if dev else "requirements.txt")
    except RequirementMissing as error:
        print(f"todo: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    os.chdir(_ROOT)
    os.execv(str(VENV_PYTHON), [str(VENV_PYTHON), *command])  # noqa: S606


def use_wanted_python() -> None:
    """Return when this is the wanted Python; otherwise restart with it. Raises RequirementMissing without it."""
    if sys.version_info[:2] == WANTED:
        return
    name = "python{}.{}".format(*WANTED)
    found = shutil.which(name)
    if not found:
        raise RequirementMissing(
            f"Python {WANTED[0]}.{WANTED[1]} is needed and this is {sys.version.split()[0]}; install {name}."
        )
    os.execv(found, [found, *sys.argv])  # noqa: S606


def make_current(lock_name: str) -> None:
    """Install `lock_name` into `.venv` unless it is installed. Of two processes the second waits for the first."""
    with open(_ROOT / "requirements.txt", "rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if is_current("requirements-dev.txt") or is_current(lock_name):
            return
        if not is_current("requirements.txt"):
            make_venv()
        print(f"Installing {lock_name} into .venv (once; about a minute)…", file=sys.stderr, flush=True)
        install_requirements(lock_name)
        stamp(lock_name).write_text(lock_fingerprint(lock_name))


def is_current(lock_name: str) -> bool:
    """Whether `.venv` has exactly the packages of the lock. The development lock contains the other one."""
    try:
        return VENV_PYTHON.exists() and stamp(lock_name).read_text() == lock_fingerprint(lock_name)
    except OSError:
        return False


def stamp(lock_name: str) -> Path:
    """Return the file that records that `lock_name` is installed. It is written last, after a complete installation."""
    return VENV / (lock_name + ".installed")


def lock_fingerprint(lock_name: str) -> str:
    """Return a hash of what the environment depends on: the lock, and its own path, which its scripts contain."""
    return hashlib.sha256((_ROOT / lock_name).read_bytes() + str(VENV).encode()).hexdigest()


def make_venv() -> None:
    """Create an empty `.venv`, replacing an existing one. Raises RequirementMissing."""
    if importlib.util.find_spec("ensurepip") is None:
        raise RequirementMissing(
            "Python cannot make virtual environments here; run: apt install python3-venv"
        )
    made = subprocess.run([*MAKE, str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode:
        reason = (made.stderr or made.stdout).strip().splitlines()[-1:]
        raise RequirementMissing(f"Making .venv failed ({' '.join(reason)}); try: apt install python3-venv")


def install_requirements(lock_name: str) -> None:
    """Install the packages of the lock, only wheels with the recorded hashes. Raises RequirementMissing."""
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    locked = ["--require-hashes", "--only-binary=:all:", "--requirement", lock_name]
    if subprocess.run([*pip, *locked], check=False, cwd=_ROOT).returncode:
        raise RequirementMissing(
            f"Installing {lock_name} failed, see pip's message above; the package index must be reachable."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
