"""What each client address holds of a process: connections, and memory for bodies."""

import resource
from collections import Counter
from typing import Any, Final

from foundation.http.client_addresses import network_of

REFUSED_AT_ONCE: Final = 20
"""So many connections beyond the bound get an answer that says so; further ones are closed without a word."""
WANTED_DESCRIPTORS: Final = 65_536
FREE_BODY_BYTES: Final = 16 * 1024
"""So much of each body is not counted: ordinary calls are taken however much others send."""


def network_at(transport: Any) -> str:
    """Return the client address that a connection counts for."""
    return network_of(getattr(transport.getPeer(), "host", ""))


class PerAddress:
    """Counts connections, or requests, by client address (IPv6: by /64, RFC 6177); `limit` 0 bounds nothing."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._networks: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, each: Any, network: str) -> int:
        """Count one until `remove`; return how many beyond the limit its address then has."""
        self._networks[each] = network
        self._counts[network] += 1
        return max(0, self._counts[network] - self.limit) if self.limit else 0

    def remove(self, each: Any) -> None:
        """Count one no more; if it is not counted, nothing is to be done."""
        network = self._networks.pop(each, None)
        if network is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]


class BodyMemory:
    """Counts the bytes of bodies under way, by client address and in all; limits of 0 bound nothing."""

    def __init__(self, *, total: int, per_address: int) -> None:
        self._total, self._per_address = total, per_address
        self._held: Counter[str] = Counter()
        self._sum = 0

    def take(self, network: str, size: int) -> bool:
        """Count so many bytes until they are given back; whether they are within the limits."""
        self._held[network] += size
        self._sum += size
        return not self._total or (self._sum <= self._total and self._held[network] <= self._per_address)

    def release(self, network: str, size: int) -> None:
        """Count so many bytes no more."""
        self._sum -= size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


def raise_descriptor_limit() -> None:
    """Let the process hold as many connections as the system allows it: the usual 1,024 are fewer than one office's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
