"""Cached results of long builds, named by a hash of their inputs and shared by all stacks of a user."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp

from devstack.errors import ServiceFailed
from devstack.locking import file_lock
from devstack.paths import cache_directory


def fingerprint(*parts: str | Path) -> str:
    """Return twelve hexadecimal digits that change when one of the texts or files changes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return digest.hexdigest()[:12]


class Build:
    """A folder of the cache that exists only after a complete build. Several processes may build at the same time."""

    def __init__(self, service: str, *, key: str) -> None:
        self.service, self.key = service, key

    @property
    def folder(self) -> Path:
        """Return the folder of the result, which may not exist yet."""
        return cache_directory() / self.key

    @property
    def log(self) -> Path:
        """Return the file with the output of the build."""
        return cache_directory() / f"{self.key}.log"

    def is_done(self) -> bool:
        """Whether the result exists."""
        return self.folder.is_dir()

    def run(self, argv: Sequence[str], *, source: Path, env: Mapping[str, str]) -> None:
        """Run `argv` in a copy of `source`, with `{out}` replaced by the folder to fill; nothing when it is done.

        Raises ServiceFailed with the end of the log when the command fails.
        """
        with file_lock(cache_directory() / "locks" / f"{self.service}.lock"):
            if not self.is_done():
                self._run(argv, source, env)

    def _run(self, argv: Sequence[str], source: Path, env: Mapping[str, str]) -> None:
        work = Path(mkdtemp(prefix=f"{self.service}-", dir=cache_directory()))
        copy, out = work / "source", work / "out"
        shutil.copytree(source, copy)
        out.mkdir()
        try:
            command = [part.replace("{out}", str(out)) for part in argv]
            with self.log.open("w") as log:
                finished = subprocess.run(
                    command,
                    cwd=copy,
                    env=dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=False,
                )
            if finished.returncode != 0:
                raise ServiceFailed(self.service, f"{' '.join(command[:3])} … failed", log=self.log)
            out.rename(self.folder)
        finally:
            shutil.rmtree(work)
