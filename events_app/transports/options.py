"""How to reach Kafka and Dapr: plain values that settings fill in, no Django."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class KafkaOptions:
    """Where the brokers are, how to sign in, and how `manage.py topics` creates topics."""

    bootstrap_servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    partitions: int = 6
    replication: int = 1

    @property
    def servers(self) -> str:
        """The brokers as people write them."""
        return ", ".join(self.bootstrap_servers)

    def client_settings(self) -> dict[str, object]:
        """Arguments that every client of kafka-python takes to find the brokers and sign in."""
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
    """Where the sidecar is, which component carries events, and the two tokens.

    `api_token` is what the sidecar demands of us, `app_token` what it must show us.
    """

    pubsub: str = "pubsub"
    http_port: int = 3500
    grpc_port: int = 50001
    api_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
