"""The installation's files are for whoever runs it: database, secret key, notes and logs hold what signs people in.

New files are made under a umask. What an older release or a restored backup left open is closed when a role starts;
whatever keeps the system from that is no error here, and a finding of `doctor` afterwards.
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
# Root owns these, and may be configured by mistake to keep its data in one (Filesystem Hierarchy Standard 3.0).
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
# What these write is for others: the image's files, the code's own.
PUBLISHING: Final = frozenset(
    (
        *("collectstatic", "makemigrations", "makemessages", "compilemessages", "startapp", "startproject"),
        "reference",
    )
)


def hide_new_files(arguments: Sequence[str]) -> None:
    """Have this process, and those that it starts, make files for their owner only, unless the command publishes."""
    if not PUBLISHING.intersection(arguments[1:2]):
        os.umask(OTHERS)


def close_installation(data_dir: Path | None, database: Path | None) -> None:
    """Take all rights of others to the data folder with its files, and to an SQLite database wherever it lies.

    Repeating does nothing. A folder that is not ours alone is left as it is: see `is_ours_alone`.
    """
    if data_dir is not None and is_ours_alone(data_dir):
        # The folder first: then nobody else can put another file in the place of one that is being closed.
        for path in (data_dir, *_entries(data_dir)):
            _close(path)
    for path in files_of(database):
        _close(path)


def is_ours_alone(folder: Path) -> bool:
    """Whether a folder is there for the installation: not the system's or shared, not above the code or a home."""
    try:
        about = folder.stat()
        lived_in = [SOURCES, *SOURCES.parents, *_homes()]
        is_shared = about.st_mode & stat.S_ISVTX or folder in lived_in
        return about.st_uid == os.geteuid() and not is_shared and not _is_the_system_s(folder)
    except OSError:
        return False


def _homes() -> list[Path]:
    with suppress(RuntimeError):  # nobody knows where
        home = Path.home()
        return [home, *home.parents]
    return []


def _is_the_system_s(folder: Path) -> bool:
    """Whether it is a folder of the system's, or one that root was given and in which others live too."""
    is_mixed = os.geteuid() == 0 and any(path.lstat().st_uid != 0 for path in folder.iterdir())
    return is_mixed or folder.as_posix().removeprefix("/") in _SYSTEM


def open_to_others(data_dir: Path | None, database: Path | None) -> list[Path]:
    """Return what is open to others of the data folder, the files in it, and an SQLite database.

    A database elsewhere, in a folder that nobody else may enter, is out of reach whatever its mode.
    """
    is_within_reach = database is not None and _is_open(database.parent)
    looked_at = dict.fromkeys(files_of(database) if is_within_reach else ())
    if data_dir is not None:
        looked_at = dict.fromkeys((data_dir, *_entries(data_dir))) | looked_at
    return [path for path in looked_at if _is_open(path)]


def files_of(database: Path | None) -> Iterator[Path]:
    """Yield the files of an SQLite database that are there."""
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


def _close(path: Path) -> None:
    if _is_open(path):
        with suppress(OSError):  # another's file, or a file system that knows no modes
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)
