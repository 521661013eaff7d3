"""What this process has taken from users' buckets in advance: spent without a word to the database, within a second.

No more is taken than a bucket gains while it may be spent, so all processes together let through what one bucket would.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from accounts_app.operations.write_policies import Policy

LEASE_SECONDS: Final = 1.0
# Over a shorter time than this a rate says little.
LEAST_SECONDS: Final = 0.5
MAX_LEASES: Final = 4096

Amounts = tuple[int, int]


@dataclass(slots=True)
class Lease:
    """What is left of what was taken, of writes and of bytes, and in how many seconds the buckets were full then."""

    full_in: tuple[float, float]
    left: Amounts = (0, 0)
    spent: Amounts = (0, 0)
    taken_at: float = field(default_factory=monotonic)

    @property
    def age(self) -> float:
        """Seconds since the database was asked."""
        return monotonic() - self.taken_at

    @property
    def full_in_now(self) -> tuple[float, float]:
        """In how many seconds the buckets are full, as time alone fills them."""
        age = self.age
        return max(0.0, self.full_in[0] - age), max(0.0, self.full_in[1] - age)

    @property
    def is_fresh(self) -> bool:
        return self.age <= LEASE_SECONDS

    def expected(self, both: Sequence[Policy], cost: Amounts) -> Amounts:
        """Return what the next second is likely to want, as the last one did; nothing where it is not there."""
        ahead = (int(spent / max(self.age, LEAST_SECONDS)) for spent in self.spent)
        writes, size = (
            min(some, int(each.rate * LEASE_SECONDS)) for some, each in zip(ahead, both, strict=True)
        )
        wanted = (writes, size)
        has_room = all(
            full_in + each.seconds(some + amount) <= each.span
            for each, full_in, some, amount in zip(both, self.full_in_now, wanted, cost, strict=True)
        )
        return wanted if has_room else (0, 0)


class Leases:
    """The leases of a process, by user; those used longest ago are dropped when there are too many."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._leases: OrderedDict[int, Lease] = OrderedDict()

    def spend(self, user_id: int, cost: Amounts) -> Lease | None:
        """Pay from a lease and return it as it is then; None where it does not cover the cost or is over."""
        with self._lock:
            lease = self._leases.get(user_id)
            if lease is None or not lease.is_fresh or lease.left[0] < cost[0] or lease.left[1] < cost[1]:
                return None
            lease.left = (lease.left[0] - cost[0], lease.left[1] - cost[1])
            lease.spent = (lease.spent[0] + cost[0], lease.spent[1] + cost[1])
            return Lease(lease.full_in, lease.left, lease.spent, lease.taken_at)

    def end(self, user_id: int) -> Lease | None:
        """Remove a lease and return it: what is left of it is to be given back."""
        with self._lock:
            return self._leases.pop(user_id, None)

    def begin(self, user_id: int, lease: Lease) -> None:
        """Hold a lease, together with what another thread has taken meanwhile."""
        with self._lock:
            other = self._leases.pop(user_id, None)
            if other is not None:
                lease.left = (lease.left[0] + other.left[0], lease.left[1] + other.left[1])
            self._leases[user_id] = lease
            if len(self._leases) > MAX_LEASES:
                self._leases.popitem(last=False)

    def clear(self) -> None:
        """Forget all: for tests, whose users share numbers."""
        with self._lock:
            self._leases.clear()


leases: Final = Leases()
