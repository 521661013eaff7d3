"""Metrics of other exporters that alerts and dashboards may name: as their sources say, of the versions that we run."""

from collections.abc import Mapping
from typing import Final

from todo_project.metrics.names import Metric

FOREIGN_METRICS: Final[Mapping[str, Metric]] = {
    # https://github.com/dapr/dapr/blob/v1.18.2/pkg/diagnostics/resiliency_monitoring.go and component_monitoring.go
    "dapr_resiliency_cb_state": Metric(
        "gauge",
        "1 for the state in which a circuit breaker of a sidecar is.",
        ("app_id", "name", "namespace", "policy", "flow_direction", "target", "status"),
    ),
    "dapr_component_pubsub_egress_bulk_count": Metric(
        "counter",
        "Requests of a sidecar to the broker.",
        ("app_id", "component", "namespace", "success", "topic"),
    ),
    "dapr_component_pubsub_ingress_count": Metric(
        "counter",
        "Messages that a sidecar has handed to its application.",
        ("app_id", "component", "namespace", "process_status", "topic", "status"),
    ),
    # Strimzi's rules for the JMX exporter: https://github.com/strimzi/strimzi-kafka-operator/tree/main/examples/metrics
    "kafka_server_replicamanager_underreplicatedpartitions": Metric(
        "gauge", "Partitions of a broker that have fewer replicas in sync than they should.", ("pod",)
    ),
    # https://github.com/kubernetes/kube-state-metrics/tree/main/docs
    "kube_pod_container_status_ready": Metric(
        "gauge", "1 while a container is ready.", ("namespace", "pod", "container")
    ),
    "kube_pod_status_phase": Metric(
        "gauge", "1 for the phase in which a pod is.", ("namespace", "pod", "uid", "phase")
    ),
    "kube_cronjob_created": Metric(
        "gauge", "When a CronJob was made, in seconds since 1970.", ("namespace", "cronjob")
    ),
    "kube_cronjob_status_last_successful_time": Metric(
        "gauge", "When a CronJob ended well last, in seconds since 1970.", ("namespace", "cronjob")
    ),
    # https://cert-manager.io/docs/devops-tips/prometheus-metrics/
    "certmanager_certificate_expiration_timestamp_seconds": Metric(
        "gauge", "When a certificate expires, in seconds since 1970.", ("namespace", "name")
    ),
}
