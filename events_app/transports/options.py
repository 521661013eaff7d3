"""Options for the connections to Kafka and Dapr. No Django here: the settings import it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SIDECAR_HOST: Final = "127.0.0.1"
"""A Dapr sidecar stands beside the process that calls it."""


PARTITIONS: Final[Mapping[str, int]] = {"kafka": 6, "dapr": 1, "embedded": 6}
"""Partitions of a new topic, by transport. A sidecar hands over one bulk at a time, so that partitions only queue."""


@dataclass(frozen=True, kw_only=True)
class KafkaOptions:
    """The brokers' addresses, the credentials, and the numbers with which `manage.py topics` creates topics."""

    bootstrap_servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    partitions: int = PARTITIONS["kafka"]
    replication: int = 1

    @property
    def servers(self) -> str:
        """The brokers' addresses as one text."""
        return ", ".join(self.bootstrap_servers)

    def client_settings(self) -> dict[str, object]:
        """Return the arguments with which any client of kafka-python connects and authenticates."""
        settings: dict[str, object] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            settings["ssl_cafile"] = self.ca_file or None
        if self.security_protocol.startswith("SASL"):
            settings["sasl_mechanism"] = self.sasl_mechanism
            settings["sasl_plain_username"] = self.username
            settings["sasl_plain_password"] = self.password
        return settings


@dataclass(frozen=True, kw_only=True)
class DaprOptions:
    """The sidecar's ports, the component that carries events, the prefix of all app ids, and the two tokens.

    We send `api_token` to the sidecar; the sidecar sends `app_token` to us.
    """

    pubsub: str = "pubsub"
    http_port: int = 3500
    grpc_port: int = 50001
    app_prefix: str = "todo"
    api_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
