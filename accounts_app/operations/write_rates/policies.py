"""How much the buckets of writes and of bytes hold and how fast they fill, from the settings."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from django.conf import settings

NO_BOUND: Final = 1e9


@dataclass(frozen=True)
class Policy:
    """A bucket holds at most `burst` and gains `rate` a second; if either is 0 it is off."""

    name: str
    rate: int
    burst: int

    @cached_property
    def is_on(self) -> bool:
        return self.rate > 0 and self.burst > 0

    @cached_property
    def span(self) -> float:
        """Seconds in which an empty bucket fills."""
        return self.burst / self.rate if self.is_on else NO_BOUND

    def amount(self, seconds: float) -> float:
        """Return how much the bucket gains in so many seconds."""
        return seconds * self.rate if self.is_on else 0.0

    def seconds(self, amount: float) -> float:
        """Return in how many seconds the bucket gains this amount."""
        return amount / self.rate if self.is_on else 0.0


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """How much a bucket holds now, and in how many seconds it is full."""

    policy: Policy
    remaining: int
    full_in_seconds: int


def policies() -> tuple[Policy, Policy]:
    """Return the buckets of writes and of bytes, in the order of all amounts."""
    return _policies(
        (settings.WRITES_PER_SECOND, settings.WRITES_BURST),
        (settings.WRITE_BYTES_PER_SECOND, settings.WRITE_BYTES_BURST),
    )


@lru_cache(maxsize=8)
def _policies(writes: tuple[int, int], size: tuple[int, int]) -> tuple[Policy, Policy]:
    return Policy("writes", *writes), Policy("bytes", *size)
