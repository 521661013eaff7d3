"""Run a Python command in `.venv`, made on first use from the lock with hashes.

    python3 devstack/bootstrap.py [--dev] ARGUMENTS OF PYTHON…

`--dev` also installs what develops and tests the platform. The environment is made again only when its lock
changed; until then no network is needed. Only the standard library, and syntax that an older Python can read,
so that it can say which Python is wanted. Exit code 2: this machine lacks something, in one sentence.
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
    """The machine lacks something; the message is one sentence that says what to do."""


def main(arguments: list[str]) -> NoReturn:
    """Make the environment current, then become the command, or exit 2 when that is not possible."""
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
    """Return under the wanted Python; under another, start again with it or say that it is missing."""
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
    """Install `lock_name` into `.venv`, unless it is there already. Two at once: the second waits."""
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
    """Whether `.venv` holds exactly what the lock asks for. The development lock contains the other one."""
    try:
        return VENV_PYTHON.exists() and stamp(lock_name).read_text() == lock_fingerprint(lock_name)
    except OSError:
        return False


def stamp(lock_name: str) -> Path:
    """Where it is noted that `lock_name` is installed; written last, so that half an install is none."""
    return VENV / (lock_name + ".installed")


def lock_fingerprint(lock_name: str) -> str:
    """What an environment depends on: the lock, and where it lies (its scripts hold the path)."""
    return hashlib.sha256((_ROOT / lock_name).read_bytes() + str(VENV).encode()).hexdigest()


def make_venv() -> None:
    """Make an empty `.venv`, in place of whatever was there."""
    if importlib.util.find_spec("ensurepip") is None:
        raise RequirementMissing(
            "Python cannot make virtual environments here; run: apt install python3-venv"
        )
    made = subprocess.run([*MAKE, str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode:
        reason = (made.stderr or made.stdout).strip().splitlines()[-1:]
        raise RequirementMissing(f"Making .venv failed ({' '.join(reason)}); try: apt install python3-venv")


def install_requirements(lock_name: str) -> None:
    """Install exactly what the lock names, wheels only: nothing is compiled, nothing unhashed is run."""
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    locked = ["--require-hashes", "--only-binary=:all:", "--requirement", lock_name]
    if subprocess.run([*pip, *locked], check=False, cwd=_ROOT).returncode:
        raise RequirementMissing(
            f"Installing {lock_name} failed, see pip's message above; the package index must be reachable."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
