"""Who may call whom under rendered network policies: what a network plug-in would let through.

After the specification of `networking.k8s.io/v1`: a pod that no policy of a direction selects is open in it; otherwise
some rule must match. A call needs the way out and the way in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from devstack.kubernetes.pods import KubernetesObject, matches_selector

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class NetworkEnd:
    """A pod in a namespace, with the numbers of its named ports; without a namespace something outside the cluster."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    address: str = "203.0.113.7"


@dataclass(frozen=True)
class Network:
    """The policies of one namespace."""

    policies: Sequence[KubernetesObject]
    namespace: str

    def lets(self, source: NetworkEnd, target: NetworkEnd, port: int, *, protocol: str = "TCP") -> bool:
        """Return whether `source` may open a connection to this port of `target`."""
        call = _Call(target.ports, port, protocol)
        leaves = self._is_allowed(source, target, call, ("Egress", "egress", "to"))
        return leaves and self._is_allowed(target, source, call, ("Ingress", "ingress", "from"))

    def _is_allowed(
        self, pod: NetworkEnd, other: NetworkEnd, call: _Call, words: tuple[str, str, str]
    ) -> bool:
        kind, rules, peers = words
        if pod.namespace != self.namespace:
            return True
        selected = [
            each["spec"]
            for each in self.policies
            if kind in each["spec"]["policyTypes"]
            and matches_selector(each["spec"]["podSelector"], pod.labels)
        ]
        return not selected or any(
            call.fits(rule.get("ports")) and self._is_peer(rule.get(peers), other)
            for spec in selected
            for rule in spec.get(rules, ())
        )

    def _is_peer(self, peers: Sequence[Mapping[str, Any]] | None, other: NetworkEnd) -> bool:
        return not peers or any(all(self._conditions(peer, other)) for peer in peers)

    def _conditions(self, peer: Mapping[str, Any], other: NetworkEnd) -> Iterator[bool]:
        if "ipBlock" in peer:
            yield not other.namespace and _is_in(other.address, peer["ipBlock"]["cidr"])
            return
        if "namespaceSelector" in peer:
            yield bool(other.namespace)
            yield matches_selector(peer["namespaceSelector"], {_NAMESPACE_LABEL: other.namespace})
        else:
            yield other.namespace == self.namespace
        if "podSelector" in peer:
            yield matches_selector(peer["podSelector"], other.labels)


@dataclass(frozen=True)
class _Call:
    named: Mapping[str, int]
    port: int
    protocol: str

    def fits(self, ports: Sequence[Mapping[str, Any]] | None) -> bool:
        return not ports or any(
            self.named.get(each["port"], each["port"]) == self.port
            and each.get("protocol", "TCP") == self.protocol
            for each in ports
        )


def _is_in(address: str, block: str) -> bool:
    network = ip_network(block)
    return ip_address(address).version == network.version and ip_address(address) in network
