"""A token bucket that limits what one connection may do. Callers pass the time in."""


class TokenBucket:
    """Holds at most `burst` tokens and gains `per_second`; each message takes one.

    `now` is in seconds of any monotonic clock.
    """

    def __init__(self, *, burst: float, per_second: float, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token; return False when there is none."""
        gained = max(0.0, now - self._at) * self._per_second
        self._tokens = min(self._burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def refund(self) -> None:
        """Put back the token of a message that should not count."""
        self._tokens = min(self._burst, self._tokens + 1)
