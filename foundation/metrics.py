"""The metrics of this process, as the side port of its role shows them to Prometheus.

Each is declared where it is counted, in `metrics_registry`; the table of all is `todo_project/metrics/names.py`. A role
that forks counts in files, one set for each process: https://prometheus.github.io/client_python/multiprocess/.
"""

import os
from operator import add
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

METRICS_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Holds the folder of those files. The package reads it at its import."""
SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
PAGE_SECONDS: Final = 5.0
_ENDED: Final = (
    "0"  # in the names of files in the place of a process id: the sum of processes that have ended
)

disable_created_metrics()  # type: ignore[no-untyped-call]
metrics_registry: Final = CollectorRegistry()


class MetricsPage:
    """The text of all metrics of this process and of those that it has forked, made every five seconds at most."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._text = ""
        self._until = float("-inf")

    def text(self) -> str:
        """Return the text in the format of Prometheus. It asks no database, so that a scrape holds up nothing."""
        with self._lock:
            if monotonic() >= self._until:
                self._text, self._until = _render(), monotonic() + PAGE_SECONDS
            return self._text

    def add_up_ended(self) -> None:
        """Add up the files of processes that have ended, so that there are never many; do nothing while it is busy."""
        folder = _folder()
        if folder is not None and self._lock.acquire(blocking=False):
            try:
                _add_up_ended(folder)
            finally:
                self._lock.release()


metrics_page: Final = MetricsPage()


def _folder() -> Path | None:
    name = os.environ.get(METRICS_FOLDER_VARIABLE)
    return Path(name) if name else None


def _render() -> str:
    folder = _folder()
    if folder is None:
        return generate_latest(metrics_registry).decode()
    _add_up_ended(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()


def _add_up_ended(folder: Path) -> None:
    for path in folder.glob("*.db"):
        kind, _, process_id = path.stem.rpartition("_")
        if process_id == _ENDED or is_running(int(process_id)):
            continue
        if not kind.startswith("gauge_live"):  # what only a living process has
            _add_file(path, folder / f"{kind}_{_ENDED}.db", is_highest=kind.startswith("gauge"))
        path.unlink()


def _add_file(path: Path, sums: Path, *, is_highest: bool) -> None:
    """Add the values of a file to those of another one, or keep the higher one of each."""
    total, combine = MmapedDict(str(sums)), max if is_highest else add  # type: ignore[no-untyped-call]
    for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
        so_far, _ = total.read_value(key)  # type: ignore[no-untyped-call]
        total.write_value(key, combine(so_far, value), timestamp)  # type: ignore[no-untyped-call]
    total.close()  # type: ignore[no-untyped-call]


def is_running(process_id: int) -> bool:
    """Return whether a process of this id is there, also one of another user."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
