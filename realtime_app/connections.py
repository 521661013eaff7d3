"""How many connections each client address holds open, and how many the process may."""

import resource
from collections import Counter
from typing import Any, Final

from accounts_app.addresses import network_of

REFUSED_AT_ONCE: Final = 20
"""So many connections beyond the bound get an answer that says so; further ones are closed without a word."""
WANTED_DESCRIPTORS: Final = 65_536


class OpenConnections:
    """Counts connections by client address (IPv6: by /64, RFC 6177); `limit` 0 bounds nothing."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._networks: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, transport: Any) -> int:
        """Count a connection until `remove`; return how many beyond the limit its address then holds."""
        network = network_of(getattr(transport.getPeer(), "host", ""))
        self._networks[transport] = network
        self._counts[network] += 1
        return max(0, self._counts[network] - self.limit) if self.limit else 0

    def remove(self, transport: Any) -> None:
        """Count a connection no more; one that is not counted is nothing to do."""
        network = self._networks.pop(transport, None)
        if network is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]


def raise_descriptor_limit() -> None:
    """Let the process hold as many connections as the system allows it: the usual 1,024 are fewer than one office's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
