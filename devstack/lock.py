"""Resolve `requirements.in` and `requirements-dev.in` into locks with hashes: `make lock`.

Locked versions stay; `python -m devstack.lock --upgrade` takes the newest allowed ones. The development lock is
resolved with the other lock as a constraint, so that both have the same versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from devstack.paths import REPOSITORY

LOCKS = (
    ("requirements.in", "requirements.txt", ()),
    ("requirements-dev.in", "requirements-dev.txt", ("--constraint", "requirements.txt")),
)


def main(arguments: list[str]) -> int:
    """Write both locks; return uv's exit code."""
    uv = str(Path(sys.executable).parent / "uv")
    options = ["--quiet", "--generate-hashes", "--no-header", "--python-version", "3.11", *arguments]
    for source, lock, constraints in LOCKS:
        resolve = [uv, "pip", "compile", source, "--output-file", lock, *constraints, *options]
        code = subprocess.run(resolve, check=False, cwd=REPOSITORY).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
