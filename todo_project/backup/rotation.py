"""The names of backups in a folder, and which of them are kept."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"todo-\d{8}T\d{6}Z\.tar\.gz")


def dated_path(folder: Path, now: datetime) -> Path:
    """Return the path of a backup that is made `now` (UTC), such as `todo-20261130T023000Z.tar.gz`."""
    return folder / f"todo-{now:%Y%m%dT%H%M%SZ}.tar.gz"


def remove_older(folder: Path, *, keep: int) -> list[Path]:
    """Remove all backups with such a name but the newest `keep`, and return which. Other files stay."""
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    older = found[: max(len(found) - keep, 0)]
    for path in older:
        path.unlink()
    return older
