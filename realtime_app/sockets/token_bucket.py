"""How much of something one connection may do: a token bucket that is given its clock."""


class TokenBucket:
    """Holds at most `burst` tokens and gains `per_second`; each message takes one.

    `now` is in seconds of any clock that does not go back.
    """

    def __init__(self, *, burst: float, per_second: float, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        gained = max(0.0, now - self._at) * self._per_second
        self._tokens = min(self._burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def refund(self) -> None:
        """Return the token of a message that turned out to be free."""
        self._tokens = min(self._burst, self._tokens + 1)
