"""Where Debian puts the server's programs, and where the server's user can keep data."""

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
OUTSIDE = Path("/var/tmp")  # noqa: S108 -- the folder in it is checked to be ours


def server_programs() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest version that is new enough, or None."""
    found = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    found = [path for path in found if _major(path) >= versions.POSTGRESQL_AT_LEAST]
    return max(found, key=_major, default=None)


def data_folder(home: Home, user: str | None) -> Path:
    """The cluster's folder; its name has the major version, for another one cannot read it.

    It lies in the stack's folder, or in a folder of its own under /var/tmp when `user` cannot
    pass through all parents of the stack's (a repository in /root, say).
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
        return True  # No such user yet: its package is missing, and that is what people are told.
    return probe.returncode == 0


def remove_outside(directory: Path) -> None:
    """Remove what the stack in `directory` keeps under /var/tmp; usually there is nothing."""
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
