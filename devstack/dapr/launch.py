"""Files, values, secrets and flags for the start of one sidecar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from devstack.dapr.files import write_files
from devstack.dapr.sentry import Sentry
from devstack.dapr.topology import (
    CRON,
    PUBSUB,
    SECRETSTORE,
    STATESTORE,
    App,
    app_of,
    apps_of,
    scope_values,
)
from devstack.kafka import USER
from devstack.ports import LOOPBACK
from devstack.process import Command
from devstack.scheduler import build
from devstack.stack import Stack

Pubsub = Literal["kafka", "kafka-sasl", "redis"]
PUBSUB_FILES: Mapping[Pubsub, str] = {
    "kafka": "pubsub.kafka",
    "kafka-sasl": "pubsub.kafka",
    "redis": "pubsub.redis",
}
RESILIENCY = "resiliency"
DEFAULT_FILES = (SECRETSTORE, STATESTORE, CRON, RESILIENCY)
CONFIGURATION_FILE = "configuration.yaml"
FIXED_VALUES: Mapping[str, str] = {
    "PUBSUB": PUBSUB,
    "STATESTORE": STATESTORE,
    "SECRETSTORE": SECRETSTORE,
    "SECRET_STORE_TYPE": "secretstores.local.env",
    "COMPONENT_SECRET_STORE": SECRETSTORE,
    "ALLOWED_SECRETS": "[]",
    "REMINDER_SCHEDULE": "@every 5s",
    "METRICS_ENABLED": "false",
    "TRACE_RATIO": "0",
    "TRACE_ENDPOINT": "",
    "TRACE_SECURE": "false",
    # Without mTLS no caller is known, and "deny" would refuse all.
    "CALLS_BY_DEFAULT": "allow",
    "NAMESPACE": "default",
    # Dapr's default, multicast, would use other networks than the loopback.
    "NAME_RESOLUTION": "sqlite",
}


@dataclass(frozen=True)
class SidecarOptions:
    """What a sidecar loads and how it behaves; the defaults are those of the platform in a cluster.

    `files` are names in `helm/todo/dapr` besides the pub/sub component; `values` override the
    placeholders in them; `resources` is a folder with further Dapr files, used unchanged, `environment` what
    secret stores there read. `prefix` is that of the installation whose files are loaded; without one the app id says
    it. `topic_prefix` is its TODO_TOPIC_PREFIX. With a `sentry` callers are known by certificates, and unknown ones
    refused.
    """

    pubsub: Pubsub = "kafka"
    files: Sequence[str] = DEFAULT_FILES
    values: Mapping[str, str] = field(default_factory=dict)
    resources: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    redis_database: int = 0
    database: str = "todo"
    prefix: str = ""
    topic_prefix: str = ""
    scheduler: bool = True
    sentry: Sentry | None = None
    metrics: bool = False
    log_level: str = "info"
    shutdown_seconds: int = 5

    def app(self, app_id: str) -> App:
        """Return the app of this id; under another installation's prefix it is a stranger, who may do nothing."""
        app = app_of(app_id)
        return app if self.prefix in ("", app.prefix) else App(app_id, self.prefix)

    def apps(self, app_id: str) -> list[App]:
        """Return the apps that the scopes name: those of the installation, and this one if it is no stranger."""
        app = self.app(app_id)
        own = [app] if app.roles or app.consumers else []
        return list({each.id: each for each in (*apps_of(app.prefix), *own)}.values())

    def components(self, app_id: str) -> set[str]:
        """Return the names of the Dapr components that this app loads; each file has the name of its component."""
        named = {PUBSUB, *self.files} & {PUBSUB, STATESTORE, CRON, SECRETSTORE}
        allowed = self.app(app_id).components if app_id in {each.id for each in self.apps(app_id)} else set()
        return named & allowed


@dataclass(frozen=True)
class Launch:
    """All parameters of one start of `daprd`; `folder` is the sidecar's own."""

    app_id: str
    app_port: int | None
    stack: Stack
    options: SidecarOptions
    ports: Mapping[str, int]
    folder: Path

    def write_files(self) -> None:
        """Write the components into `folder`/resources, and the configuration beside it."""
        values = self._values()
        components = [PUBSUB_FILES[self.options.pubsub], *self.options.files]
        write_files(components, values, target=self.folder / "resources")
        configuration = self.options.app(self.app_id).configuration
        write_files([configuration], values, target=self.folder)
        (self.folder / f"{configuration}.yaml").rename(self.folder / CONFIGURATION_FILE)

    def _values(self) -> dict[str, str]:
        app, apps = self.options.app(self.app_id), self.options.apps(self.app_id)
        return {
            **FIXED_VALUES,
            **({"CALLS_BY_DEFAULT": "deny"} if self.options.sentry else {}),
            **({"METRICS_ENABLED": "true"} if self.options.metrics else {}),
            "APP_PREFIX": app.prefix,
            **scope_values(apps, topic_prefix=self.options.topic_prefix),
            **_secret("POSTGRESQL", "TODO_DAPR_POSTGRESQL"),
            # One file for the stack: in a file of its own, a sidecar would find itself alone.
            "NAME_RESOLUTION_FILE": str(self.stack.home.directory / "dapr-names.sqlite3"),
            **_pubsub_values(self.stack, self.options),
            **self.options.values,
        }

    def secrets(self) -> dict[str, str]:
        """Return the secrets that the files name; the secret store reads them from the sidecar's environment."""
        secure = self.options.pubsub == "kafka-sasl"
        wants_state = STATESTORE in self.options.components(self.app_id)
        database = self.stack.postgresql.create_state_schema(self.options.database) if wants_state else ""
        return {
            "TODO_DAPR_POSTGRESQL": database,
            "TODO_DAPR_KAFKA_PASSWORD": self.stack.kafka.password if secure else "",
            "TODO_DAPR_KAFKA_CA": self.stack.home.certificates.authority.read_text() if secure else "",
            "TODO_DAPR_REDIS_PASSWORD": "",
        }

    def command(self, tokens: Mapping[str, str]) -> Command:
        """Return the command of `daprd` with every listener on the loopback and `tokens` in its environment."""
        program = str(build.binaries().folder / "daprd")
        arguments = [f"--{name}={value}" for name, value in self._flags().items()]
        sentry = self.options.sentry
        trusted = {"DAPR_TRUST_ANCHORS": sentry.trust_anchors(), "NAMESPACE": "default"} if sentry else {}
        env = {**tokens, **self.secrets(), **trusted, **self.options.environment}
        return Command([program, *arguments], env=env, cwd=self.folder)

    def _flags(self) -> dict[str, str]:
        extra = [self.options.resources] if self.options.resources else []
        scheduler = self.stack.endpoint("scheduler").address if self.options.scheduler else ""
        return {
            "app-id": self.app_id,
            **_app_flags(self.app_port),
            "dapr-listen-addresses": LOOPBACK,
            "dapr-http-port": str(self.ports["http"]),
            "dapr-grpc-port": str(self.ports["grpc"]),
            "dapr-internal-grpc-listen-address": LOOPBACK,
            "dapr-internal-grpc-port": str(self.ports["internal_grpc"]),
            **self._metrics_flags(),
            **_mtls_flags(self.options.sentry),
            "resources-path": ",".join(map(str, [self.folder / "resources", *extra])),
            "config": str(self.folder / CONFIGURATION_FILE),
            "scheduler-host-address": scheduler,
            "log-level": self.options.log_level,
            "dapr-graceful-shutdown-seconds": str(self.options.shutdown_seconds),
        }

    def _metrics_flags(self) -> dict[str, str]:
        if not self.options.metrics:
            return {"enable-metrics": "false"}
        return {
            "enable-metrics": "true",
            "metrics-port": str(self.ports["metrics"]),
            "metrics-listen-address": LOOPBACK,
        }


def _app_flags(app_port: int | None) -> dict[str, str]:
    if app_port is None:
        return {}
    return {"app-port": str(app_port), "app-protocol": "http", "app-channel-address": LOOPBACK}


def _mtls_flags(sentry: Sentry | None) -> dict[str, str]:
    return {"enable-mtls": "true", "sentry-address": sentry.address} if sentry else {}


def _pubsub_values(stack: Stack, options: SidecarOptions) -> dict[str, str]:
    if options.pubsub == "redis":
        return _redis_values(stack, options.redis_database)
    return _kafka_values(stack, secure=options.pubsub == "kafka-sasl")


def _redis_values(stack: Stack, database: int) -> dict[str, str]:
    return {
        "REDIS_ADDRESS": stack.redis.endpoint().address,
        "REDIS_DATABASE": str(database),
        "REDIS_ENABLE_TLS": "false",
        **_secret("REDIS_PASSWORD", "TODO_DAPR_REDIS_PASSWORD"),
    }


def _kafka_values(stack: Stack, *, secure: bool) -> dict[str, str]:
    return {
        "KAFKA_BROKERS": stack.kafka.bootstrap_servers(secure=secure),
        "KAFKA_AUTH_TYPE": "password" if secure else "none",
        "KAFKA_DISABLE_TLS": "false" if secure else "true",
        "KAFKA_SASL_USERNAME": USER if secure else "",
        "KAFKA_SASL_MECHANISM": "SHA-512",
        **_secret("KAFKA_SASL_PASSWORD", "TODO_DAPR_KAFKA_PASSWORD"),
        **_secret("KAFKA_CA", "TODO_DAPR_KAFKA_CA"),
    }


def _secret(placeholder: str, variable: str) -> dict[str, str]:
    """Return the values of a secret; `local.env` wants the name of a secret to equal its key."""
    return {f"{placeholder}_SECRET": variable, f"{placeholder}_KEY": variable}
