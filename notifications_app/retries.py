"""When a delivery is tried again. Pure: randomness is passed in."""

from datetime import timedelta

from foundation.backoff import retry_seconds

MAX_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 30.0
# Longer than elsewhere: a mail server that is down, or that limits us, needs time.
LONGEST_RETRY_SECONDS = 3600.0


def retry_delay(attempts: int, *, jitter: float) -> timedelta:
    """Return the delay after `attempts` attempts: doubling from 30 s to an hour, ± 20 % by `jitter` in 0…1."""
    seconds = retry_seconds(attempts, first=FIRST_RETRY_SECONDS, cap=LONGEST_RETRY_SECONDS, jitter=jitter)
    return timedelta(seconds=seconds)
