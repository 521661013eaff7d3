"""A lock on the data folder: one running platform at a time."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from todo_project.installation.private_files import PRIVATE_FOLDER, close_installation
from todo_project.up.errors import AlreadyRunning


@contextmanager
def hold_data_dir(data_dir: Path) -> Iterator[str]:
    """Lock `data_dir` during the block; the system releases the lock when the process ends, however it ends.

    Yields the folder's id, 16 hexadecimal digits: the same at each start, a different one for a copy of the folder.
    Raises AlreadyRunning when another process holds it.
    """
    data_dir.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    close_installation(data_dir, None)
    with (data_dir / "up.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"Process {lock.read().strip() or 'unknown'} runs on {data_dir} already;"
                " stop it, or set TODO_DATA_DIR to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield _folder_id(data_dir, os.fstat(lock.fileno()))


def _folder_id(data_dir: Path, lock: os.stat_result) -> str:
    """Return a hash of the lock file's inode, which a copy does not share, and of a random text in the folder."""
    path = data_dir / "folder_id"
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="ascii")
    identity = f"{path.read_text(encoding='ascii', errors='replace')}:{lock.st_ino}"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
