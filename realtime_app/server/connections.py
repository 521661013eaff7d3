"""Counters of what each client address uses of a process: connections, and memory for bodies."""

import resource
from collections import Counter
from typing import Any, Final

from foundation.http.client_addresses import network_of

REFUSED_AT_ONCE: Final = 20
"""This many connections beyond the limit get an answer with the reason; further ones are closed without an answer."""
WANTED_DESCRIPTORS: Final = 65_536
FREE_BODY_BYTES: Final = 16 * 1024
"""This much of each body is not counted, so that ordinary calls succeed whatever others send."""


def network_at(transport: Any) -> str:
    """Return the client address by which a connection is counted."""
    return network_of(getattr(transport.getPeer(), "host", ""))


class PerAddress:
    """Counts connections, or requests, by client address (IPv6: by /64, RFC 6177). A `limit` of 0 is no limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._networks: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, each: Any, network: str) -> int:
        """Count one until `remove`, and return by how many its address then exceeds the limit."""
        self._networks[each] = network
        self._counts[network] += 1
        return max(0, self._counts[network] - self.limit) if self.limit else 0

    def remove(self, each: Any) -> None:
        """Stop counting one; do nothing if it is not counted."""
        network = self._networks.pop(each, None)
        if network is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]


class BodyMemory:
    """Counts the bytes of bodies in memory, by client address and in total. A limit of 0 is no limit."""

    def __init__(self, *, total: int, per_address: int) -> None:
        self._total, self._per_address = total, per_address
        self._held: Counter[str] = Counter()
        self._sum = 0

    def take(self, network: str, size: int) -> bool:
        """Count `size` bytes until `release`, and return whether the counts are within the limits."""
        self._held[network] += size
        self._sum += size
        return not self._total or (self._sum <= self._total and self._held[network] <= self._per_address)

    def release(self, network: str, size: int) -> None:
        """Stop counting `size` bytes."""
        self._sum -= size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


def raise_descriptor_limit() -> None:
    """Raise the limit of open files, and so of connections, as far as the system allows: 1,024 is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
