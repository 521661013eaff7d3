"""What sending to Kafka and receiving from it share: reaching the broker, and saying so when it is away."""

import socket

from events_app.transport_options import KafkaOptions
from events_app.transports.base import TransportUnavailable

PROBE_SECONDS = 1.0
BOOTSTRAP_MS = 3000


def is_reachable(options: KafkaOptions) -> bool:
    """Whether one of the brokers accepts a connection; takes at most a second for each of them."""
    return any(_accepts(server) for server in options.bootstrap_servers)


def unavailable(options: KafkaOptions) -> TransportUnavailable:
    """The error, in one sentence for the operator, when no broker answers."""
    return TransportUnavailable(
        f"Kafka does not answer at {options.servers} (TODO_KAFKA_BOOTSTRAP_SERVERS); "
        "start it with `python -m devstack up kafka`."
    )


def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PROBE_SECONDS):
            return True
    except (OSError, ValueError):
        return False
