"""The data folder belongs to one running platform at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from todo_project.up.errors import AlreadyRunning


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold `data_dir` during the block; the system lets go of it when the process ends, however it ends.

    Raises AlreadyRunning when another process holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
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
        yield
