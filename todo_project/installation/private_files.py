"""Only the owner may read the files of an installation: database, secret key, notes and logs hold credentials.

New files are created under a umask. Files that an older release or a restored backup left readable for others are
closed when a role starts. A file that cannot be closed is no error here; `doctor` reports it.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077
PRIVATE_FOLDER: Final = 0o700
BESIDE_DATABASE: Final = ("", "-wal", "-shm", "-journal", ".epoch", ".seal")
SOURCES: Final = Path(__file__).resolve().parents[2]
# Root owns these folders, and TODO_DATA_DIR may name one by mistake (Filesystem Hierarchy Standard 3.0).
_SYSTEM: Final = frozenset(
    (
        *(
            "bin",
            "boot",
            "dev",
            "etc",
            "home",
            "lib",
            "media",
            "mnt",
            "opt",
            "proc",
            "run",
            "sbin",
            "srv",
            "sys",
        ),
        *("usr", "usr/local", "var", "var/lib", "var/log", "var/opt"),
    )
)
# Commands whose files others must read: files of the image, and source code.
PUBLISHING: Final = frozenset(
    (
        *("collectstatic", "makemigrations", "makemessages", "compilemessages", "startapp", "startproject"),
        "reference",
    )
)


def hide_new_files(arguments: Sequence[str]) -> None:
    """Set a umask: this process and its children create files for the owner only, except in PUBLISHING commands."""
    if not PUBLISHING.intersection(arguments[1:2]):
        os.umask(OTHERS)


def close_installation(data_dir: Path | None, database: Path | None) -> None:
    """Remove all rights of other users to the data folder, its files, and an SQLite database wherever it is.

    Repeating changes nothing. A folder that is not ours alone is not changed: see `is_ours_alone`.
    """
    if data_dir is not None and is_ours_alone(data_dir):
        # The folder first: after that nobody else can replace a file before it is closed.
        for path in (data_dir, *_entries(data_dir)):
            _close_path(path)
    for path in files_of(database):
        _close_path(path)


def is_ours_alone(folder: Path) -> bool:
    """Whether a folder belongs to the installation only: no system or shared folder, no parent of code or home."""
    try:
        about = folder.stat()
        lived_in = [SOURCES, *SOURCES.parents, *_home_folders()]
        is_shared = about.st_mode & stat.S_ISVTX or folder in lived_in
        return about.st_uid == os.geteuid() and not is_shared and not _is_system_folder(folder)
    except OSError:
        return False


def _home_folders() -> list[Path]:
    with suppress(RuntimeError):  # the user has no home folder
        home = Path.home()
        return [home, *home.parents]
    return []


def _is_system_folder(folder: Path) -> bool:
    """Whether it is a system folder, or a folder of root that also holds files of other users."""
    is_mixed = os.geteuid() == 0 and any(path.lstat().st_uid != 0 for path in folder.iterdir())
    return is_mixed or folder.as_posix().removeprefix("/") in _SYSTEM


def open_to_others(data_dir: Path | None, database: Path | None) -> list[Path]:
    """Return the paths that other users can read or write: the data folder, files in it, an SQLite database.

    A database elsewhere is not listed when its folder is closed to others.
    """
    is_within_reach = database is not None and _is_open(database.parent)
    looked_at = dict.fromkeys(files_of(database) if is_within_reach else ())
    if data_dir is not None:
        looked_at = dict.fromkeys((data_dir, *_entries(data_dir))) | looked_at
    return [path for path in looked_at if _is_open(path)]


def files_of(database: Path | None) -> Iterator[Path]:
    """Yield the existing files of an SQLite database."""
    for ending in BESIDE_DATABASE if database is not None else ():
        path = Path(f"{database}{ending}")
        if path.is_file():
            yield path


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)


def _close_path(path: Path) -> None:
    if _is_open(path):
        with suppress(OSError):  # a file of another user, or a file system without modes
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)
