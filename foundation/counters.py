"""Counters of this process, shown in heartbeats, in `/readyz` and to Prometheus. They start at zero with it."""

from collections import Counter
from threading import Lock

from prometheus_client import Counter as CounterMetric

from foundation.metrics import metrics_registry

_counts: Counter[str] = Counter()
_lock = Lock()
_counted = CounterMetric(
    "todo_counts_total",
    "What the code counts by itself: failures, retries, refusals, restarts.",
    ["counter"],
    registry=metrics_registry,
)


def count(name: str, n: int = 1) -> None:
    """Add `n` to the counter `name`. Names are constants of the code, so that their number is bounded."""
    with _lock:
        _counts[name] += n
    _counted.labels(name).inc(n)


def snapshot() -> dict[str, int]:
    """Return a copy of all counters, by name."""
    with _lock:
        return dict(sorted(_counts.items()))
