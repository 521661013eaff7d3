"""Leases: amounts that this process has taken from users' buckets in advance and spends without the database.

A lease has a hundredth of what a bucket holds. All processes together allow as much as the one bucket does; only a
bucket that becomes full while a lease is open gains that hundredth.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from accounts_app.operations.write_rates.policies import Policy

_LEASE_SECONDS: Final = 30.0
# So long it is assumed that only time changes a bucket.
KNOWN_SECONDS: Final = 1.0
SHARE: Final = 100
MAX_LEASES: Final = 4096

Amounts = tuple[int, int]


@dataclass(slots=True)
class QuotaLease:
    """What is left of a lease, in writes and in bytes; `full_in`: seconds from `taken_at` until each bucket is full."""

    full_in: tuple[float, float]
    left: Amounts = (0, 0)
    taken_at: float = field(default_factory=monotonic)

    @property
    def age(self) -> float:
        """Seconds since the database was read."""
        return monotonic() - self.taken_at

    @property
    def full_in_now(self) -> tuple[float, float]:
        """In how many seconds the buckets are full if nobody else takes from them."""
        age = self.age
        return max(0.0, self.full_in[0] - age), max(0.0, self.full_in[1] - age)

    @property
    def is_over(self) -> bool:
        """Whether the lease has ended: what is left can only be given back."""
        return self.age > _LEASE_SECONDS

    @property
    def is_known(self) -> bool:
        """Whether it can be assumed that only time has changed the buckets."""
        return self.age <= KNOWN_SECONDS

    def amounts_in_advance(self, both: Sequence[Policy]) -> Amounts:
        """Return how much to take in advance: a hundredth of what each bucket holds."""
        writes, size = (
            int(each.amount(each.span - full_in)) // SHARE
            for each, full_in in zip(both, self.full_in_now, strict=True)
        )
        return max(0, writes), max(0, size)


class Leases:
    """The leases of a process, by user; those used longest ago are dropped when there are too many."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._leases: OrderedDict[int, QuotaLease] = OrderedDict()

    def spend(self, user_id: int, cost: Amounts) -> QuotaLease | None:
        """Take the cost from a lease and return a copy of what is left; None if it does not suffice or has ended."""
        with self._lock:
            lease = self._leases.get(user_id)
            if lease is None or lease.is_over or lease.left[0] < cost[0] or lease.left[1] < cost[1]:
                return None
            lease.left = (lease.left[0] - cost[0], lease.left[1] - cost[1])
            return QuotaLease(lease.full_in, lease.left, lease.taken_at)

    def end(self, user_id: int) -> QuotaLease | None:
        """Remove a lease and return it; the caller gives back what is left."""
        with self._lock:
            return self._leases.pop(user_id, None)

    def begin(self, user_id: int, lease: QuotaLease) -> None:
        """Store a lease, and add what another thread has taken meanwhile."""
        with self._lock:
            other = self._leases.pop(user_id, None)
            if other is not None:
                lease.left = (lease.left[0] + other.left[0], lease.left[1] + other.left[1])
            self._leases[user_id] = lease
            if len(self._leases) > MAX_LEASES:
                self._leases.popitem(last=False)

    def clear(self) -> None:
        """Remove all leases: for tests, in which users have the same ids again."""
        with self._lock:
            self._leases.clear()


leases: Final = Leases()
