"""Counters of this process, shown in heartbeats and in `/readyz`. They start at zero with the process."""

from collections import Counter
from threading import Lock

_counts: Counter[str] = Counter()
_lock = Lock()


def count(name: str, n: int = 1) -> None:
    """Add `n` to the counter `name`. Names are constants of the code, so that their number is bounded."""
    with _lock:
        _counts[name] += n


def snapshot() -> dict[str, int]:
    """Return a copy of all counters, by name."""
    with _lock:
        return dict(sorted(_counts.items()))
