"""Counts of what happened in this process: shown in heartbeats and `/readyz`, gone with the process."""

from collections import Counter
from threading import Lock

_counts: Counter[str] = Counter()
_lock = Lock()


def count(name: str, n: int = 1) -> None:
    """Add `n` to the counter of that name; names come from code alone, so their number is bounded."""
    with _lock:
        _counts[name] += n


def snapshot() -> dict[str, int]:
    """Return a copy of all counters, by name."""
    with _lock:
        return dict(sorted(_counts.items()))
