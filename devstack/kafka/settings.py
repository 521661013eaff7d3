"""`server.properties` of a single KRaft node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devstack.certificates import Certificates
from devstack.ports import LOOPBACK

ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "10",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "10",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a broker was killed, the controller refuses its new session for this long.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    # Tests kill consumers and need their partitions back soon.
    "group.min.session.timeout.ms": "1000",
    "auto.create.topics.enable": "false",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.retention.hours": "24",
    # Kafka allocates an index at full size (10 MB, two for each partition) until its segment is closed.
    "log.index.size.max.bytes": "1048576",
}


def single_node(
    ports: Mapping[str, int], log: Path, certificates: Certificates, users: Mapping[str, str]
) -> dict[str, str]:
    """Return all settings. The secure listener accepts SCRAM (users are in the log) and PLAIN (`users`)."""
    address = {name: f"{LOOPBACK}:{port}" for name, port in ports.items()}
    clients = f"PLAINTEXT://{address['plaintext']},SASL_SSL://{address['sasl_ssl']}"
    return {
        **ONE_NODE,
        "log.dirs": str(log),
        "listeners": f"{clients},CONTROLLER://{address['controller']}",
        "advertised.listeners": clients,
        "controller.quorum.voters": f"1@{address['controller']}",
        **_secure_listener(certificates, users),
    }


def _secure_listener(certificates: Certificates, users: Mapping[str, str]) -> dict[str, str]:
    security = "org.apache.kafka.common.security"
    known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    prefix = "listener.name.sasl_ssl"
    # A properties file continues a line after a backslash; PEM values accept the resulting spaces.
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
        f"{prefix}.scram-sha-512.sasl.jaas.config": f"{security}.scram.ScramLoginModule required;",
        f"{prefix}.scram-sha-256.sasl.jaas.config": f"{security}.scram.ScramLoginModule required;",
        f"{prefix}.plain.sasl.jaas.config": f"{security}.plain.PlainLoginModule required {known};",
        f"{prefix}.ssl.keystore.type": "PEM",
        f"{prefix}.ssl.keystore.key": _one_line(certificates.key),
        f"{prefix}.ssl.keystore.certificate.chain": _one_line(certificates.server),
    }


def _one_line(pem: Path) -> str:
    return pem.read_text().strip().replace("\n", " \\\n")
