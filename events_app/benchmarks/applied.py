"""Record, inside a measured process, when changes were committed and when consumers applied them."""

from collections import Counter
from collections.abc import Sequence
from time import monotonic

from events_app.benchmarks.log_data import FIRST_USER
from events_app.consumers.registry import AppliedRange

# The time at which each stream's only event was committed, and (stream, time) for each consumer that applied it.
committed: dict[str, float] = {}
times: list[tuple[str, float]] = []


def note(ranges: Sequence[AppliedRange]) -> None:
    """Record the time of applied ranges: an `after_commit` of consumers."""
    now = monotonic()
    times.extend([(applied.stream_key, now) for applied in ranges])


def latencies(first: int, count: int, *, consumers: int) -> list[float]:
    """Return the seconds from commit to the last consumer's commit, for each stream that all consumers applied."""
    last: dict[str, float] = {}
    seen = Counter(key for key, _ in times)
    for key, at in times:
        last[key] = max(at, last.get(key, at))
    keys = [f"user:{FIRST_USER + number}" for number in range(first, first + count)]
    return [max(0.0, last[key] - committed[key]) for key in keys if seen[key] >= consumers]
