"""Who may call whom, and nobody else: the rendered network policies, call by call."""

from collections.abc import Mapping

import pytest

from devstack.kubernetes.chart import Rendered
from devstack.kubernetes.network import Network, NetworkEnd
from devstack.kubernetes.pods import pod_templates

SCENARIOS = ("ci/dapr-kafka", "ci/kafka-full", "ci/kafka-external", "ci/dapr-redis")
STRANGERS = {
    "outside": NetworkEnd(),
    "a pod of others": NetworkEnd("others", {"app": "x"}),
    "a neighbour": NetworkEnd("apps", {"app": "x"}),
    "the gateway": NetworkEnd("edge", {"app": "envoy"}),
    "Prometheus": NetworkEnd("monitoring", {"app": "prometheus"}),
    "KEDA": NetworkEnd("keda", {"app": "keda-operator"}),
    "names": NetworkEnd("kube-system", {"k8s-app": "kube-dns"}),
    "Dapr": NetworkEnd("dapr-system", {"app": "dapr-operator"}),
    "Kafka": NetworkEnd("apps", {"strimzi.io/cluster": "todo-kafka"}),
    "the API server": NetworkEnd(address="10.96.0.1"),
}
# Scenario, who, whom, port, and whether it may.
CALLS: tuple[tuple[str, str, str, int, bool], ...] = (
    ("ci/dapr-kafka", "outside", "web", 8000, True),
    ("ci/dapr-kafka", "the gateway", "web", 8000, True),
    ("ci/dapr-kafka", "the gateway", "sockets", 8000, True),
    ("ci/dapr-kafka", "the gateway", "receive-audit", 8000, False),
    ("ci/dapr-kafka", "the gateway", "sweeps", 8000, False),
    ("ci/dapr-kafka", "the gateway", "web", 8081, False),
    ("ci/dapr-kafka", "the gateway", "web", 3500, False),
    ("ci/dapr-kafka", "the gateway", "web", 50002, False),
    ("ci/dapr-kafka", "outside", "relay", 8081, False),
    ("ci/dapr-kafka", "outside", "metrics", 8081, False),
    ("ci/dapr-kafka", "a pod of others", "relay", 8081, False),
    ("ci/dapr-kafka", "a neighbour", "receive-audit", 50002, False),
    ("ci/dapr-kafka", "a neighbour", "web", 8081, False),
    ("ci/dapr-kafka", "Prometheus", "web", 8081, True),
    ("ci/dapr-kafka", "Prometheus", "relay", 9090, True),
    ("ci/dapr-kafka", "Prometheus", "sweeps", 8082, True),
    ("ci/dapr-kafka", "Prometheus", "receive-audit", 8000, False),
    ("ci/dapr-kafka", "KEDA", "metrics", 8081, True),
    ("ci/dapr-kafka", "web", "sweeps", 50002, True),
    ("ci/dapr-kafka", "sweeps", "web", 50002, True),
    ("ci/dapr-kafka", "web", "sweeps", 8000, False),
    ("ci/dapr-kafka", "web", "names", 53, True),
    ("ci/dapr-kafka", "web", "Dapr", 50001, True),
    ("ci/dapr-kafka", "relay", "Kafka", 9093, True),
    ("ci/dapr-kafka", "receive-audit", "Kafka", 9093, True),
    ("ci/dapr-kafka", "relay", "Kafka", 9091, False),
    ("ci/dapr-kafka", "web", "outside", 5432, True),
    ("ci/dapr-kafka", "web", "outside", 6379, True),
    ("ci/dapr-kafka", "web", "outside", 25, False),
    ("ci/dapr-kafka", "web", "outside", 22, False),
    ("ci/dapr-kafka", "deliver", "outside", 443, True),
    ("ci/dapr-kafka", "web", "the API server", 443, True),
    ("ci/dapr-kafka", "smoke", "web", 8000, True),
    ("ci/dapr-kafka", "smoke", "metrics", 8081, True),
    ("ci/dapr-kafka", "smoke", "outside", 443, False),
    ("ci/dapr-kafka", "worker", "the API server", 443, False),
    ("ci/kafka-full", "web", "the API server", 443, False),
    ("ci/kafka-full", "relay", "outside", 443, False),
    ("ci/kafka-full", "smoke", "outside", 443, False),
    ("ci/kafka-full", "deliver", "outside", 587, True),
    ("ci/kafka-full", "deliver", "outside", 465, True),
    ("ci/kafka-full", "worker", "outside", 587, False),
    ("ci/kafka-full", "web", "Prometheus", 4318, True),
    ("ci/kafka-full", "consume-audit", "Kafka", 9093, True),
    ("ci/kafka-full", "web", "relay", 50002, False),
    ("ci/kafka-full", "web", "relay", 8081, False),
    ("ci/kafka-full", "Prometheus", "consume-audit", 9090, False),
    ("ci/kafka-full", "prepare", "outside", 5432, True),
    ("ci/kafka-full", "backup", "outside", 5432, True),
    ("ci/kafka-full", "backup", "outside", 443, False),
    ("ci/kafka-external", "the gateway", "web", 8000, True),
    ("ci/kafka-external", "the gateway", "sockets", 8000, True),
    ("ci/kafka-external", "outside", "web", 8000, False),
    ("ci/kafka-external", "a pod of others", "web", 8000, False),
    ("ci/kafka-external", "smoke", "web", 8000, True),
    ("ci/kafka-external", "relay", "outside", 9092, True),
    ("ci/kafka-external", "deliver", "outside", 587, False),
    ("ci/dapr-redis", "web", "postgresql", 5432, True),
    ("ci/dapr-redis", "web", "redis", 6379, True),
    ("ci/dapr-redis", "a neighbour", "postgresql", 5432, False),
    ("ci/dapr-redis", "a pod of others", "redis", 6379, False),
    ("ci/dapr-redis", "outside", "postgresql", 5432, False),
    ("ci/dapr-redis", "postgresql", "outside", 443, False),
)


def pods_of(answer: Rendered) -> dict[str, NetworkEnd]:
    """The pods of a release, by component."""
    return {
        each.component: NetworkEnd(
            "apps",
            each.labels,
            {
                port["name"]: port["containerPort"]
                for container in each.containers
                for port in container.get("ports", ())
            },
            address="10.1.0.9",
        )
        for each in pod_templates(answer.objects)
    }


def network_of(answer: Rendered) -> Network:
    return Network(answer.of_kind("NetworkPolicy"), "apps")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_who_may_call_whom(call: tuple[str, str, str, int, bool], rendered: Mapping[str, Rendered]) -> None:
    scenario, who, whom, port, may = call
    answer = rendered[scenario]
    known = {**STRANGERS, **pods_of(answer)}
    network = network_of(answer)
    assert network.lets(known[who], known[whom], port) is may
    if port == 53:
        assert network.lets(known[who], known[whom], port, protocol="UDP") is may


def test_without_policies_everything_is_open(rendered: Mapping[str, Rendered]) -> None:
    answer = rendered["ci/everything"]
    assert answer.of_kind("NetworkPolicy") == []
    assert network_of(answer).lets(STRANGERS["outside"], pods_of(answer)["relay"], 8081)


def test_the_table_is_long_enough_and_has_both_answers() -> None:
    assert len(CALLS) >= 60
    assert {may for *_, may in CALLS} == {True, False}
