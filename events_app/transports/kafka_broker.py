"""Open any client of kafka-python within seconds, or raise an error that explains why it cannot be opened."""

import socket
from collections.abc import Callable
from typing import Any, TypeVar

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from events_app.transports.base import TransportUnavailable
from events_app.transports.options import KafkaOptions

_PROBE_SECONDS = 1.0
BOOTSTRAP_MS = 2000
Client = TypeVar("Client")


def open_client(kind: Callable[..., Client], options: KafkaOptions, **settings: object) -> Client:
    """Return a connected client of kafka-python; raise TransportUnavailable within about three seconds.

    `kind` is one of its classes. After a failed attempt no thread and no socket remains; the classes themselves
    would leave both.
    """
    if not is_reachable(options):
        raise kafka_unavailable(options)
    networks: list[Any] = []

    def network(**config: object) -> Any:
        networks.append(KafkaNetClient(**config))
        return networks[-1]

    common = {**options.client_settings(), "bootstrap_timeout_ms": BOOTSTRAP_MS, "kafka_client": network}
    try:
        return kind(**common, **settings)
    except KafkaError as error:
        for opened in networks:
            opened.close()
        raise kafka_unavailable(options) from error


def is_reachable(options: KafkaOptions) -> bool:
    """Return whether one of the brokers accepts a connection; it takes at most a second for each of them."""
    return any(_accepts(server) for server in options.bootstrap_servers)


def kafka_unavailable(options: KafkaOptions) -> TransportUnavailable:
    """Return the error for a Kafka that cannot be used, with one sentence for the operator about the cause."""
    if not is_reachable(options):
        return TransportUnavailable(
            f"Kafka does not answer at {options.servers} (TODO_KAFKA_BOOTSTRAP_SERVERS); "
            "start it with `python -m devstack up kafka`."
        )
    return TransportUnavailable(
        f"Kafka at {options.servers} accepts connections and does not serve them: it hangs, or "
        "TODO_KAFKA_SECURITY_PROTOCOL, TODO_KAFKA_CA_FILE or the TODO_KAFKA_* credentials are not its own."
    )


def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_PROBE_SECONDS):
            return True
    except (OSError, ValueError):
        return False
