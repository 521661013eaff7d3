"""When a delivery is tried again. Pure: randomness is passed in."""

from datetime import timedelta

MAX_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 3600.0


def retry_delay(attempts: int, *, jitter: float) -> timedelta:
    """Return the wait after so many attempts: doubling from 30 s to an hour, ± 20 % by `jitter` in 0…1."""
    seconds = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=seconds * (0.8 + 0.4 * jitter))
