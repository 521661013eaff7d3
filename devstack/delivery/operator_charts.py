"""Charts of others that the platform stands on, each of one version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devstack.versions import DAPR_VERSION

# Envoy Gateway's chart makes none.
GATEWAY_CLASS: Final = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "eg"},
    "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
}


@dataclass(frozen=True)
class OperatorChart:
    """A chart of somebody else: what it is called here, where it is, which version, and how it is installed."""

    release: str
    namespace: str
    source: tuple[str, ...]
    version: str
    settings: tuple[str, ...] = ()


ENVOY_GATEWAY_CHART = OperatorChart(
    "eg", "envoy-gateway-system", ("oci://docker.io/envoyproxy/gateway-helm",), "v1.8.2"
)
DAPR_CHART = OperatorChart(
    "dapr",
    "dapr-system",
    ("dapr", "--repo", "https://dapr.github.io/helm-charts/"),
    DAPR_VERSION,
    # The access lists know callers by their certificates; `restricted` Pod Security refuses sidecars with capabilities.
    ("global.mtls.enabled=true", "dapr_sidecar_injector.sidecarDropALLCapabilities=true"),
)
# In our namespace: the Secrets that it makes for its users must be there.
STRIMZI_CHART = OperatorChart(
    "strimzi", "todo", ("oci://quay.io/strimzi-helm/strimzi-kafka-operator",), "1.2.0"
)
KEDA_CHART = OperatorChart("keda", "keda", ("keda", "--repo", "https://kedacore.github.io/charts"), "2.20.2")
