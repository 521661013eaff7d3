"""Paths of PostgreSQL: Debian's server programs, and a data folder that the server's user can reach."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from devstack import versions
from devstack.errors import ServiceFailed
from devstack.service import Home

DEBIAN = Path("/usr/lib/postgresql")
OUTSIDE = Path("/var/tmp")  # noqa: S108 -- the owner of the folder in it is checked


def server_programs() -> Path | None:
    """Return the folder with `initdb` and `postgres` of the newest supported version, or None."""
    found = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    found = [path for path in found if _major(path) >= versions.POSTGRESQL_AT_LEAST]
    return max(found, key=_major, default=None)


def data_folder(home: Home, user: str | None) -> Path:
    """Return the cluster's folder. Its name contains the major version, because other versions cannot read it.

    It is in the stack's folder, or in a folder under /var/tmp when `user` cannot enter all parents of the stack's
    folder (for example a repository in /root).
    """
    programs = server_programs()
    name = f"postgresql-{_major(programs) if programs else versions.POSTGRESQL_AT_LEAST}"
    inside = home.data(name)
    if user is None or _can_pass(inside.parent, user):
        return inside
    return _outside(home.directory) / name


def _major(programs: Path) -> int:
    return int(programs.parent.name)


def _can_pass(folder: Path, user: str) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        probe = subprocess.run(
            ["test", "-x", folder], user=user, group=user, extra_groups=[], cwd="/", check=False
        )
    except (KeyError, ValueError):
        return True  # No such user yet: the error about the missing package comes first.
    return probe.returncode == 0


def remove_outside(directory: Path) -> None:
    """Remove the folder of the stack in `directory` under /var/tmp, if there is one."""
    folder = _outside_path(directory)
    if folder.exists() and not folder.is_symlink():
        shutil.rmtree(folder)


def _outside(directory: Path) -> Path:
    folder = _outside_path(directory)
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise ServiceFailed("postgresql", f"{folder} belongs to somebody else")
    return folder


def _outside_path(directory: Path) -> Path:
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:12]
    return OUTSIDE / f"todo-devstack-{os.geteuid()}-{digest}"
