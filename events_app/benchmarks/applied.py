"""Notes, inside a process under measurement, when changes were committed and when consumers applied them."""

from collections import Counter
from collections.abc import Sequence
from time import monotonic

from events_app.benchmarks.log_data import FIRST_USER
from events_app.consumers.registry import AppliedRange

# When a stream's only event was committed, and each time that a consumer's commit moved past it.
committed: dict[str, float] = {}
times: list[tuple[str, float]] = []


def note(ranges: Sequence[AppliedRange]) -> None:
    """Be a consumer's `after_commit`."""
    now = monotonic()
    times.extend([(applied.stream_key, now) for applied in ranges])


def latencies(first: int, count: int, *, consumers: int) -> list[float]:
    """Return, for each of the streams that so many consumers applied, commit to the last of them in seconds."""
    last: dict[str, float] = {}
    seen = Counter(key for key, _ in times)
    for key, at in times:
        last[key] = max(at, last.get(key, at))
    keys = [f"user:{FIRST_USER + number}" for number in range(first, first + count)]
    return [max(0.0, last[key] - committed[key]) for key in keys if seen[key] >= consumers]
