"""The only module that reads the process environment: every variable, typed, in one table.

`docs/reference/settings.md` is generated from this table. A wrong value, and in production a missing or
an unknown `TODO_*` variable, raises EnvError, whose message is one sentence that names the variable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from todo_project.settings.variables import (
    choice,
    parse_app_id,
    parse_audit_keys,
    parse_names,
    parse_push_key,
    parse_role,
    parse_text,
    read_secret,
    url,
    url_with_password,
    variable,
    whole_number,
)

# Kubernetes injects these for every Service whose name starts with "todo".
_SERVICE_LINK = re.compile(r"^TODO_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_.*)$|^TODO_.+_PORT$")


class EnvError(Exception):
    """A variable is wrong, missing or unknown; the message is one sentence for the operator."""


@dataclass(frozen=True, kw_only=True)
class Env:
    """The values of the environment. The order of the fields is the order of the reference page."""

    # Places and addresses
    data_dir: Path = variable(
        "TODO_DATA_DIR",
        Path,
        Path("data"),
        "Folder of the database, the secret key and logs of `manage.py up`.",
    )
    host: str = variable(
        "TODO_HOST", parse_text, "127.0.0.1", "Address on which `manage.py up`, `web` and side ports listen."
    )
    port: int | None = variable(
        "TODO_PORT",
        whole_number(1, 65535),
        None,
        "Port of `manage.py up`; unset: 8000, or the next free one.",
    )
    side_port: int | None = variable(
        "TODO_SIDE_PORT",
        whole_number(1, 65535),
        None,
        "Port on TODO_HOST at which each role answers `/livez`, `/startupz` and `/readyz`, for orchestrators alone;"
        " unset: none.",
    )
    base_url: str = variable(
        "TODO_BASE_URL",
        url("http", "https"),
        "",
        "Public URL of the platform, for links in mail; unset: `manage.py up` takes the one that it prints.",
    )
    # Callers: keys, hosts, limits
    secret_key: str = variable(
        "TODO_SECRET_KEY",
        parse_text,
        "",
        "Signs sessions and tokens; unset: a file in the data folder (0600).",
        needed=True,
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = variable(
        "TODO_SECRET_KEY_FALLBACKS",
        parse_names,
        (),
        "Further keys that are accepted, comma separated: previous keys, or the next key before it is used"
        " (docs/operate/rotate-keys.md).",
        secret=True,
    )
    admin_password: str = variable(
        "TODO_ADMIN_PASSWORD",
        parse_text,
        "",
        "Password of the administrator that the first `manage.py up` makes. Unset: a random one, shown on a terminal;"
        " elsewhere it is written into the file `admin_password` of the data folder, since output goes to a log store.",
        secret=True,
    )
    audit_keys: tuple[str, ...] = variable(
        "TODO_AUDIT_KEYS",
        parse_audit_keys,
        (),
        "Keys of the audit trail, each with its version (`1:key`), comma separated: the first one signs new entries,"
        " all verify; unset: a file in the data folder (0600) (docs/operate/rotate-keys.md).",
        needed=True,
        secret=True,
    )
    vapid_private_key: str = variable(
        "TODO_VAPID_PRIVATE_KEY",
        parse_push_key,
        "",
        "Key by which push services know this installation, 32 bytes as base64url; the same for all processes. Unset: a"
        " file in the data folder (0600), and without a data folder no push messages (docs/operate/push.md).",
        secret=True,
    )
    audit_anchor_file: str = variable(
        "TODO_AUDIT_ANCHOR_FILE",
        parse_text,
        "",
        "File to which the daily anchors of the audit trail are appended; unset: they are only logged"
        " (docs/operate/audit-trail.md).",
    )
    allowed_hosts: tuple[str, ...] = variable(
        "TODO_ALLOWED_HOSTS", parse_names, (), "Host names that are served, comma separated.", needed=True
    )
    csrf_trusted_origins: tuple[str, ...] = variable(
        "TODO_CSRF_TRUSTED_ORIGINS", parse_names, (), "Origins of pages that may send forms, with scheme."
    )
    routes: str = variable(
        "TODO_ROUTES",
        choice("all", "public", "internal"),
        "all",
        "Which routes a process serves besides probes: `public` leaves out those that the Dapr sidecar calls,"
        " `internal` serves only those (docs/decisions/roles.md).",
    )
    trusted_proxies: int = variable(
        "TODO_TRUSTED_PROXIES",
        whole_number(0, 10),
        0,
        "How many proxies in front add to X-Forwarded-For; 0: that header and X-Forwarded-Proto are ignored.",
    )
    connections_per_address: int = variable(
        "TODO_CONNECTIONS_PER_ADDRESS",
        whole_number(0, 10**6),
        2000,
        "Connections that `up` and `sockets` hold open per client address (IPv6: per /64); 0: no limit. Off behind "
        "trusted proxies, because all connections come from them: there the proxy must count.",
    )
    requests_per_address: int = variable(
        "TODO_REQUESTS_PER_ADDRESS",
        whole_number(0, 10**6),
        200,
        "Requests that `up` and `sockets` answer at a time per client address (IPv6: per /64); 0: no limit. Off behind "
        "trusted proxies.",
    )
    request_threads: int = variable(
        "TODO_REQUEST_THREADS",
        whole_number(4, 1000),
        16,
        "Requests that `up` answers at a time; more wait, and are taken from the client addresses in turn.",
    )
    header_seconds: int = variable(
        "TODO_HTTP_HEADER_SECONDS",
        whole_number(1, 3600),
        10,
        "`up` and `sockets`: seconds from a request's first byte to the end of its headers.",
    )
    body_seconds: int = variable(
        "TODO_HTTP_BODY_SECONDS",
        whole_number(1, 3600),
        60,
        "`up` and `sockets`: seconds for a body; one that takes longer must arrive at 16 KiB a second or more.",
    )
    body_bytes_at_once: int = variable(
        "TODO_BODY_BYTES_AT_ONCE",
        whole_number(0, 2**40),
        256 * 1024 * 1024,
        "`up` and `sockets`: memory for bodies being received, without the first 16 KiB of each; one address may "
        "use a quarter, behind trusted proxies all. 0: no limit.",
    )
    idle_seconds: int = variable(
        "TODO_HTTP_IDLE_SECONDS",
        whole_number(1, 3600),
        60,
        "`up` and `sockets`: seconds that an HTTP connection may stay open between requests.",
    )
    signins_per_minute: int = variable(
        "TODO_FAILED_SIGNINS_PER_MINUTE",
        whole_number(0, 10**6),
        10,
        "Failed sign-ins a minute per name and address; 0: no limit.",
    )
    signins_per_address: int = variable(
        "TODO_FAILED_SIGNINS_PER_ADDRESS",
        whole_number(0, 10**6),
        30,
        "Failed sign-ins a minute per address (IPv6: per /64), whatever the names; 0: no limit.",
    )
    registration: str = variable(
        "TODO_REGISTRATION",
        choice("open", "closed"),
        "",
        "Whether people make accounts themselves; unset: only with `up` on a loopback address, as long as no proxy is"
        " trusted and none shows itself. Where it is closed the admin makes accounts and sends links to set passwords.",
    )
    registrations_per_minute: int = variable(
        "TODO_REGISTRATIONS_PER_MINUTE",
        whole_number(1, 10**6),
        60,
        "Registrations a minute per address, refused ones included.",
    )
    staff_second_factor: str = variable(
        "TODO_STAFF_SECOND_FACTOR",
        choice("optional", "required"),
        "optional",
        "`required`: the admin admits only staff with a second factor; others turn theirs on by the API first.",
    )
    signins_per_user: int = variable(
        "TODO_SIGNINS_PER_USER",
        whole_number(0, 10**6),
        50,
        "Open sign-ins of one user, with tokens and in browsers alike: beyond that the oldest ends; 0: no quota.",
    )
    socket_tickets_per_user: int = variable(
        "TODO_SOCKET_TICKETS_PER_USER",
        whole_number(0, 10**6),
        20,
        "Open socket tickets of one user: beyond that the oldest ends; 0: no quota.",
    )
    hashes_at_once: int = variable(
        "TODO_HASHES_AT_ONCE",
        whole_number(0, 64),
        0,
        "Passwords that one process hashes at a time; 0: as many as it has cores.",
    )
    writes_per_second: int = variable(
        "TODO_WRITES_PER_SECOND",
        whole_number(0, 10**6),
        20,
        "Writes a second that one user's calls may make on average; each operation of a bulk call counts. 0: no limit.",
    )
    writes_burst: int = variable(
        "TODO_WRITES_BURST",
        whole_number(0, 10**9),
        1000,
        "Writes that one user's calls may make at once after a pause; 0: no limit.",
    )
    write_bytes_per_second: int = variable(
        "TODO_WRITE_BYTES_PER_SECOND",
        whole_number(0, 10**12),
        2_000_000,
        "Bytes a second that the bodies of one user's writes may have on average; 0: no limit.",
    )
    write_bytes_burst: int = variable(
        "TODO_WRITE_BYTES_BURST",
        whole_number(0, 10**12),
        20_000_000,
        "Bytes that the bodies of one user's writes may have at once after a pause; 0: no limit.",
    )
    keyed_answers_per_day: int = variable(
        "TODO_KEYED_ANSWERS_PER_DAY",
        whole_number(0, 10**9),
        10_000,
        "New Idempotency-Keys of one user within 24 hours, as long as their answers are stored; 0: no limit.",
    )
    tasks_per_user: int = variable(
        "TODO_TASKS_PER_USER",
        whole_number(0, 10**12),
        1_000_000,
        "Tasks that one user may have, including those in the trash; 0: no limit.",
    )
    history_days: int = variable(
        "TODO_HISTORY_DAYS",
        whole_number(0, 36_500),
        0,
        "How many days events stay in the log once they are published and every consumer has applied them; 0: for"
        " ever. Clients that come back from before that load everything anew. The audit trail is kept whole.",
    )
    tags_per_user: int = variable(
        "TODO_TAGS_PER_USER",
        whole_number(0, 10**9),
        10_000,
        "Tags that one user may have; 0: no limit.",
    )
    views_per_user: int = variable(
        "TODO_VIEWS_PER_USER",
        whole_number(0, 1000),
        100,
        "Saved views that one user may have; 0: no limit.",
    )
    bulk_text_characters: int = variable(
        "TODO_BULK_TEXT_CHARACTERS",
        whole_number(1, 5 * 10**6),
        10**6,
        "Characters that titles, descriptions and tags of one call with many changes may have together.",
    )
    # Services
    database_url: str = variable(
        "TODO_DATABASE_URL",
        url("sqlite", "postgresql", "postgres"),
        "",
        "sqlite:///path or postgresql://user:password@host:port/name?sslmode=…; unset: SQLite in the data folder.",
        needed=True,
        secret=True,
    )
    database_password: str = variable(
        "TODO_DATABASE_PASSWORD",
        parse_text,
        "",
        "Password for TODO_DATABASE_URL, when it is not inside the URL; any characters.",
        secret=True,
    )
    database_application_role: str = variable(
        "TODO_DATABASE_APPLICATION_ROLE",
        parse_role,
        "",
        "PostgreSQL, for `migrate` alone, which then runs as the tables' owner: the role of all other processes, which"
        " is given its rights; unset: one role owns the tables and uses them (docs/operate/audit-trail.md).",
    )
    database_pool_seconds: int = variable(
        "TODO_DATABASE_CONN_MAX_AGE",
        whole_number(0, 86400),
        60,
        "Seconds that a web process reuses a database connection; 0: a new connection for each request.",
    )
    database_prepare: str = variable(
        "TODO_DATABASE_PREPARE",
        choice("yes", "no"),
        "yes",
        "PostgreSQL plans a frequent statement once for each connection; `no` behind a pooler in transaction mode.",
    )
    sqlite_synchronous: str = variable(
        "TODO_SQLITE_SYNCHRONOUS",
        choice("normal", "full"),
        "normal",
        "SQLite: `full` flushes each commit to the disk; with `normal` a power failure may lose the last commits.",
    )
    redis_url: str = variable(
        "TODO_REDIS_URL",
        url("redis", "rediss"),
        "",
        "redis:// or rediss:// for Celery and sockets; unset: in memory, one process only.",
        secret=True,
    )
    redis_password: str = variable(
        "TODO_REDIS_PASSWORD",
        parse_text,
        "",
        "Password for TODO_REDIS_URL, when it is not inside the URL; any characters.",
        secret=True,
    )
    redis_ca_file: str = variable(
        "TODO_REDIS_CA_FILE", parse_text, "", "Certificate authority of a rediss:// server."
    )
    event_transport: str = variable(
        "TODO_EVENT_TRANSPORT",
        choice("embedded", "kafka", "dapr"),
        "embedded",
        "What carries events to consumers.",
    )
    event_consumers: tuple[str, ...] = variable(
        "TODO_EVENT_CONSUMERS",
        parse_names,
        (),
        "Consumers whose topics this process subscribes to through Dapr; unset: all.",
    )
    expected_roles: tuple[str, ...] = variable(
        "TODO_EXPECTED_ROLES",
        parse_names,
        (),
        "Roles that `/readyz` and `doctor` miss when no process runs them (`relay`, `sockets`, `deliver`, `worker`,"
        " `beat`, `sweeps`, `dapr-jobs`, `consumer:NAME`, `receiver:NAME`), or `none`; unset: those that the other"
        " settings need.",
    )
    topic_prefix: str = variable(
        "TODO_TOPIC_PREFIX", parse_text, "", "Put before each topic and consumer group name."
    )
    topic_partitions: int | None = variable(
        "TODO_TOPIC_PARTITIONS",
        whole_number(1, 1000),
        None,
        "Partitions of a topic that `manage.py topics` creates; unset: 6, or 1 where Dapr carries the events.",
    )
    topic_replication: int = variable(
        "TODO_TOPIC_REPLICATION",
        whole_number(1, 10),
        1,
        "Replicas of a topic that `manage.py topics` creates.",
    )
    kafka_bootstrap_servers: tuple[str, ...] = variable(
        "TODO_KAFKA_BOOTSTRAP_SERVERS",
        parse_names,
        ("127.0.0.1:9092",),
        "Kafka brokers, host:port, comma separated.",
    )
    kafka_security_protocol: str = variable(
        "TODO_KAFKA_SECURITY_PROTOCOL",
        choice("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "PLAINTEXT",
        "Security protocol of the Kafka brokers.",
    )
    kafka_sasl_mechanism: str = variable(
        "TODO_KAFKA_SASL_MECHANISM",
        choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        "SCRAM-SHA-512",
        "SASL mechanism for Kafka.",
    )
    kafka_username: str = variable("TODO_KAFKA_USERNAME", parse_text, "", "User name for SASL.")
    kafka_password: str = variable("TODO_KAFKA_PASSWORD", parse_text, "", "Password for SASL.", secret=True)
    kafka_ca_file: str = variable(
        "TODO_KAFKA_CA_FILE", parse_text, "", "Certificate authority of the brokers."
    )
    dapr_pubsub: str = variable(
        "TODO_DAPR_PUBSUB", parse_text, "pubsub", "Name of the Dapr pub/sub component."
    )
    state_store: str = variable(
        "TODO_STATE_STORE",
        parse_text,
        "",
        "Name of the Dapr state store in which the consumer `snapshots` keeps the newest snapshot of each task; unset:"
        " there is no such consumer (docs/decisions/state-store.md).",
    )
    secrets_store: str = variable(
        "TODO_SECRETS_STORE",
        parse_text,
        "",
        "Name of the Dapr secret store from which unset secrets are read once, at the start of each process.",
    )
    secrets_name: str = variable(
        "TODO_SECRETS_NAME",
        parse_text,
        "",
        "The secret there whose keys are names of variables; unset: each needed variable is a secret of its own.",
    )
    dapr_app_prefix: str = variable(
        "TODO_DAPR_APP_PREFIX",
        parse_app_id,
        "todo",
        "What the app ids of this installation begin with: `todo-sweeps` is called to wake a sweep.",
    )
    dapr_http_port: int = variable(
        "DAPR_HTTP_PORT", whole_number(1, 65535), 3500, "HTTP port of the Dapr sidecar."
    )
    dapr_grpc_port: int = variable(
        "DAPR_GRPC_PORT", whole_number(1, 65535), 50001, "gRPC port of the Dapr sidecar."
    )
    dapr_api_token: str = variable(
        "DAPR_API_TOKEN", parse_text, "", "Token that we send to the sidecar.", secret=True
    )
    app_api_token: str = variable(
        "APP_API_TOKEN",
        parse_text,
        "",
        "Token that the sidecar must send to us; required with Dapr outside debug.",
        secret=True,
    )
    email_url: str = variable(
        "TODO_EMAIL_URL",
        url("smtp", "smtps"),
        "",
        "smtp:// or smtps://user:password@host:port; unset: mail is printed. With a password smtp:// begins with"
        " STARTTLS.",
        secret=True,
    )
    email_from: str = variable("TODO_EMAIL_FROM", parse_text, "todo@localhost", "Sender of mail.")
    mails_per_hour: int = variable(
        "TODO_MAILS_PER_HOUR",
        whole_number(0, 10**6),
        20,
        "Reminders an hour that are mailed one by one to a user, and to an address; the others as digests. 0: all.",
    )
    email_links_per_hour: int = variable(
        "TODO_EMAIL_LINKS_PER_HOUR",
        whole_number(0, 10**6),
        3,
        "Confirmation links that are mailed to one address in an hour, whoever asks; 0: no limit.",
    )
    email_links_per_day: int = variable(
        "TODO_EMAIL_LINKS_PER_DAY",
        whole_number(0, 10**6),
        10,
        "Confirmation links that one account may ask for in a day; 0: no limit.",
    )
    push_trusted_hosts: tuple[str, ...] = variable(
        "TODO_PUSH_TRUSTED_HOSTS",
        parse_names,
        (),
        "Push services of your own, comma separated: host names that may be at private addresses and at any port.",
    )
    push_ca_file: str = variable(
        "TODO_PUSH_CA_FILE",
        parse_text,
        "",
        "Certificate authority of push services of your own, besides those that the system trusts.",
    )
    # Behaviour
    web_client: str = variable(
        "TODO_WEB_CLIENT",
        choice("on", "off"),
        "on",
        "`on`: `/` is the page (docs/howto/web-client.md); `off`: `/` leads to the API's documentation, and browsers"
        " that had the page lose it.",
    )
    trace_clients: str = variable(
        "TODO_TRACE_CLIENTS",
        choice("yes", "no"),
        "no",
        "Whether a `traceparent` (W3C Trace Context) that a client sends is carried on; `no`: each request begins"
        " a trace of its own. `yes` only where all clients are ours.",
    )
    traces_endpoint: str = variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        parse_text,
        "",
        "Where spans of OpenTelemetry go, by OTLP over HTTP, such as http://collector:4318; unset: no tracing, and"
        " nothing of it is loaded. The other `OTEL_EXPORTER_OTLP_*` variables are read as well.",
    )
    traces_percent: int = variable(
        "TODO_TRACE_PERCENT",
        whole_number(0, 100),
        100,
        "How many of a hundred traces that begin here are kept.",
    )
    log_format: str = variable(
        "TODO_LOG_FORMAT", choice("text", "json"), "text", "One line per event, for people or for machines."
    )
    log_level: str = variable(
        "TODO_LOG_LEVEL",
        choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "Least severe level that is logged.",
    )
    crash_point: str = variable(
        "TODO_CRASH_POINT", parse_text, "", "Tests only: kill -9 at this named step, `name` or `name:n`."
    )
    fault_module: str = variable(
        "TODO_FAULT_MODULE",
        parse_text,
        "",
        "Tests only: a module imported at start that breaks something on purpose.",
    )


def load(environ: Mapping[str, str], *, production: bool = False) -> Env:
    """Return the values of all variables. Raises EnvError with one sentence for the first wrong one.

    In production it also raises for a missing needed variable and for an unknown `TODO_*` variable.
    """
    values: dict[str, Any] = {}
    for spec in fields(Env):
        value = _value_of(spec.metadata, environ)
        if value and not _is_service_link(spec.metadata["name"], value):
            values[spec.name] = _parse(spec.metadata, value)
        elif production and spec.metadata["needed"]:
            raise EnvError(f"{spec.metadata['name']} must be set in production: {spec.metadata['about']}")
    _join_passwords(values)
    if production:
        _refuse_unknown(environ)
    return Env(**values)


def _value_of(metadata: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return the text of a variable, from the file that its twin names if it is a secret."""
    name = metadata["name"]
    value, path = environ.get(name, ""), environ.get(f"{name}_FILE", "") if metadata["secret"] else ""
    if not path:
        return value
    if value:
        raise EnvError(f"{name} and {name}_FILE are both set; set one.")
    try:
        return read_secret(path)
    except ValueError as error:
        raise EnvError(f"{name}_FILE {error}.") from None


def _join_passwords(values: dict[str, Any]) -> None:
    """Put the passwords that were given apart into their URLs."""
    for service in ("database", "redis"):
        password = values.get(f"{service}_password")
        if password:
            try:
                values[f"{service}_url"] = url_with_password(values.get(f"{service}_url", ""), password)
            except ValueError as error:
                raise EnvError(f"TODO_{service.upper()}_PASSWORD {error}.") from None


def secret_names() -> list[str]:
    """Return the names of the variables that can also come from files."""
    return [spec.metadata["name"] for spec in fields(Env) if spec.metadata["secret"]]


def needed_secrets() -> list[str]:
    """Return the names of the secrets without which production does not start."""
    return [
        spec.metadata["name"] for spec in fields(Env) if spec.metadata["secret"] and spec.metadata["needed"]
    ]


def _parse(metadata: Mapping[str, Any], value: str) -> object:
    try:
        return metadata["parse"](value)
    except ValueError as error:
        # A URL may contain a password, also one without its scheme; secrets are not repeated either.
        is_hidden = metadata["secret"] or "://" in value or metadata["name"].endswith("_URL")
        repeated = "" if is_hidden else f", not {value!r}"
        raise EnvError(f"{metadata['name']} {error}{repeated}.") from None


def _is_service_link(name: str, value: str) -> bool:
    return name == "TODO_PORT" and value.startswith("tcp://")


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    for name in unknown_variables(environ):
        raise EnvError(f"{name} is not a variable that this release knows; see docs/reference/settings.md.")


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the unknown `TODO_*` variables, except those of the devstack and Kubernetes' service links."""
    known = {spec.metadata["name"] for spec in fields(Env)} | {f"{name}_FILE" for name in secret_names()}
    return tuple(
        name
        for name in sorted(environ)
        if name.startswith("TODO_")
        and name not in known
        and not name.startswith("TODO_DEVSTACK_")
        and not _SERVICE_LINK.match(name)
    )
