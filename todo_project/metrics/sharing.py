"""The folder in which the processes of one role count, for roles that fork: `web`, `receive` and `worker`."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - on Linux a file system in memory: counting must wait for no disk
_NAME = "todo-metrics-"
_PROCESS_ID = re.compile(rf"{_NAME}(\d+)-")
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics() -> None:
    """Have this process, and those that it forks, count in files of a new folder, which goes when this one ends.

    To be called before anything imports prometheus_client. Folders of processes that were killed are removed.
    """
    memory = _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())
    _remove_left(memory)
    folder = tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=memory)
    os.environ[METRICS_FOLDER] = folder
    atexit.register(_remove_own, folder, os.getpid())


def _remove_own(folder: str, process_id: int) -> None:
    if os.getpid() == process_id:  # not in a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left(memory: Path) -> None:
    for folder in memory.glob(f"{_NAME}*"):
        found = _PROCESS_ID.match(folder.name)
        if found is not None and not Path("/proc", found[1]).exists():
            shutil.rmtree(folder, ignore_errors=True)  # those of other users stay
