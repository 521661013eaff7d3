"""The names of backups in a folder, and which of them are kept."""

import fcntl
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"todo-\d{8}T\d{6}Z\.tar\.gz")
_DRAFT: Final = re.compile(r"\." + _NAME.pattern + r"\.\d+\.part")


def dated_path(folder: Path, now: datetime) -> Path:
    """Return the path of a backup that is made `now` (UTC), such as `todo-20261130T023000Z.tar.gz`."""
    return folder / f"todo-{now:%Y%m%dT%H%M%SZ}.tar.gz"


def remove_older(just_made: Path, *, keep: int) -> list[Path]:
    """Remove all backups with such a name beside `just_made` but the newest `keep`, and return which. Others stay.

    `just_made` is one of those that are kept, whatever their names say: a clock that was wrong dates files into the
    future.
    """
    others = sorted(
        path for path in just_made.parent.iterdir() if _NAME.fullmatch(path.name) and path != just_made
    )
    older = others[: max(len(others) - (keep - 1), 0)]
    for path in older:
        path.unlink()
    return older


def remove_drafts(folder: Path) -> list[Path]:
    """Remove what backups with such names left that were killed, and return it; nothing where there is no folder."""
    drafts = sorted(path for path in folder.glob(".todo-*.part") if _DRAFT.fullmatch(path.name))
    return [path for path in drafts if _remove_unless_held(path)]


def hold_draft(descriptor: int) -> None:
    """Have `remove_drafts` of other processes leave this file alone until it is closed.

    The system drops the lock with the process; the number of a process says less, since each container has its own.
    """
    with suppress(OSError):  # a file system without locks: `remove_drafts` removes nothing there
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_unless_held(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as draft:
        fcntl.flock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False
