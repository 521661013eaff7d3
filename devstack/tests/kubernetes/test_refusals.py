"""Each value that cannot work is refused before anything is installed, by a sentence that names it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import pytest

from devstack.kubernetes.chart import NEEDED, ChartValues, Release, Rendered, merge_values, render

KAFKA: ChartValues = {"transport": "kafka", "kafka": {"mode": "strimzi"}}
EXTERNAL: ChartValues = {
    "transport": "kafka",
    "kafka": {"mode": "external", "brokers": ["kafka.example:9093"]},
}
TOKENS: ChartValues = {"apiTokenSecret": "todo-dapr-api", "appTokenSecret": "todo-dapr-app"}
DAPR: ChartValues = {"transport": "dapr", "kafka": {"mode": "strimzi"}, "dapr": TOKENS}
NO_REDIS: ChartValues = {
    "redis": {"mode": "none"},
    "roles": {"worker": {"enabled": False}, "beat": {"enabled": False}},
}
SINGLE: ChartValues = {
    "single": {"enabled": True},
    "roles": {"web": {"replicas": 1}, "relay": {"replicas": 1}},
}
GATEWAY: ChartValues = {"gateway": {"enabled": True, "className": "eg", "tlsSecret": "todo-tls"}}


class Row(NamedTuple):
    """What somebody says, besides what is needed, and the words that the refusal must have."""

    said: tuple[ChartValues, ...]
    words: tuple[str, ...]


def row(*said: dict[str, Any] | ChartValues, words: str) -> Row:
    return Row(said, tuple(words.split(" … ")))


# By the schema: Helm's own words, with the place of the value.
BY_SCHEMA: Mapping[str, Row] = {
    "an unknown key": row({"replicas": 2}, words="additional properties 'replicas' not allowed"),
    "an unknown key of a role": row({"roles": {"web": {"replica": 2}}}, words="/roles/web … 'replica'"),
    "an unknown key far below": row(
        {"kafka": {"strimzi": {"resources": {"limit": {}}}}}, words="/kafka/strimzi/resources … 'limit'"
    ),
    "an unknown role": row({"roles": {"chat": {}}}, words="/roles … 'chat'"),
    "an unknown consumer": row({"consumers": {"replan": {}}}, words="/consumers … 'replan'"),
    "a text for a number": row({"roles": {"web": {"replicas": "2"}}}, words="/roles/web/replicas … integer"),
    "no pod of web": row({"roles": {"web": {"replicas": 0}}}, words="/roles/web/replicas … minimum"),
    "port 0": row({"database": {"port": 0}}, words="/database/port … minimum"),
    "a quantity that is none": row(
        {"roles": {"web": {"resources": {"requests": {"cpu": "100mm"}}}}}, words="/cpu … pattern"
    ),
    "a duration that is none": row({"monitoring": {"interval": "30seconds"}}, words="/interval … pattern"),
    "a host with a scheme": row({"host": "https://todo.example"}, words="/host … pattern"),
    "a host with a port": row({"host": "todo.example:443"}, words="/host … pattern"),
    "a host with an underscore": row({"host": "to_do.example"}, words="/host … pattern"),
    "any host": row({"host": "*.example"}, words="/host … pattern"),
    "the newest image": row({"image": {"tag": "latest"}}, words="/image/tag … not"),
    "a digest that is none": row({"image": {"digest": "sha256:12"}}, words="/image/digest … pattern"),
    "a transport that is none": row({"transport": "rabbitmq"}, words="/transport … embedded"),
    "a schedule that is none": row({"backup": {"schedule": "daily"}}, words="/backup/schedule … pattern"),
}

# By the chart: a sentence that says what to do.
BY_CHART: Mapping[str, Row] = {
    "an image from elsewhere": row(
        {"image": {"repository": "evil.example/todo"}},
        words="image.repository: evil.example/todo … allowedRegistries",
    ),
    "an image whose name only begins so": row(
        {"image": {"repository": "todoevil/todo"}},
        words="image.repository: todoevil/todo … allowedRegistries",
    ),
    "another image from elsewhere": row(
        {"database": {"mode": "simple", "simple": {"image": "quay.io/postgres:17"}}},
        words="database.simple.image: quay.io/postgres … allowedRegistries",
    ),
    "another image without a version": row(
        {"redis": {"mode": "simple", "simple": {"image": "docker.io/library/redis"}}},
        words="redis.simple.image … neither tag nor digest",
    ),
    "another image, the newest": row(
        {"redis": {"mode": "simple", "simple": {"image": "docker.io/library/redis:latest"}}},
        words="redis.simple.image … another image each day",
    ),
    "a password among the settings": row(
        {"extraEnv": {"TODO_KAFKA_PASSWORD": "x"}},
        words="extraEnv.TODO_KAFKA_PASSWORD is a secret … Secret todo",
    ),
    "a password in an address": row(
        {"extraEnv": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://me:pass@collector"}},
        words="extraEnv.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT looks like a secret",
    ),
    "a key of a collector": row(
        {"extraEnv": {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=1"}},
        words="extraEnv.OTEL_EXPORTER_OTLP_HEADERS looks like a secret",
    ),
    "a setting that does not exist": row(
        {"extraEnv": {"TODO_REGISTRATIONS": "open"}},
        words="extraEnv.TODO_REGISTRATIONS is no setting … settings.md",
    ),
    "a setting of one role that does not exist": row(
        {"roles": {"web": {"env": {"TODO_LEVEL": "DEBUG"}}}}, words="roles.web.env.TODO_LEVEL is no setting"
    ),
    "a setting that is a value": row(
        {"extraEnv": {"TODO_ALLOWED_HOSTS": "other.example"}},
        words="extraEnv.TODO_ALLOWED_HOSTS is made by the chart",
    ),
    "a side port elsewhere": row(
        {"roles": {"relay": {"env": {"TODO_SIDE_PORT": "9"}}}},
        words="roles.relay.env.TODO_SIDE_PORT is made by the chart",
    ),
    "more at least than at most": row(
        {"roles": {"web": {"autoscaling": {"enabled": True, "min": 9, "max": 3}}}},
        words="roles.web.autoscaling.min is 9 … max, which is 3",
    ),
    "more pods than partitions": row(
        KAFKA,
        {"keda": {"enabled": True}, "consumers": {"audit": {"autoscaling": {"enabled": True, "max": 9}}}},
        words="consumers.audit.autoscaling.max is 9 … kafka.topics.partitions is 6",
    ),
    "too many relays": row({"roles": {"relay": {"replicas": 17}}}, words="roles.relay … at most 16"),
    "scaling without a scaler": row(
        {"roles": {"relay": {"autoscaling": {"enabled": True}}}},
        words="roles.relay.autoscaling.enabled needs KEDA … keda.enabled",
    ),
    "a scaler without numbers": row(
        {"keda": {"enabled": True}, "roles": {"metrics": {"enabled": False}}},
        words="keda.enabled … roles.metrics",
    ),
    "one pod, scaled": row(
        SINGLE,
        {"roles": {"web": {"autoscaling": {"enabled": True}}}},
        words="roles.web has autoscaling … single.enabled",
    ),
    "one pod, twice": row(
        {"single": {"enabled": True}, "roles": {"relay": {"replicas": 1}}},
        words="roles.web has autoscaling or more … roles.web.replicas",
    ),
    "one pod, with KEDA": row(SINGLE, {"keda": {"enabled": True}}, words="keda.enabled … single.enabled"),
    "one pod, over Kafka": row(SINGLE, KAFKA, words="transport is kafka … single.enabled … embedded"),
    "Dapr that anybody may call": row(
        DAPR, {"dapr": {"appTokenSecret": ""}}, words="dapr.appTokenSecret is empty … token"
    ),
    "Dapr that anybody may use": row(
        DAPR, {"dapr": {"apiTokenSecret": ""}}, words="dapr.apiTokenSecret is empty"
    ),
    "Kafka without Kafka": row({"transport": "kafka"}, words="transport kafka needs Kafka: set kafka.mode"),
    "Dapr over Kafka without Kafka": row(
        DAPR, {"kafka": {"mode": "none"}}, words="transport dapr needs Kafka … dapr.pubsub.type"
    ),
    "Kafka that nobody uses": row(
        {"kafka": {"mode": "strimzi"}}, words="kafka.mode is strimzi … nobody uses Kafka"
    ),
    "Dapr over Redis without Redis": row(
        NO_REDIS,
        {"transport": "dapr", "dapr": {**TOKENS, "pubsub": {"type": "redis"}}},
        words="dapr.pubsub.type is redis … redis.mode is none",
    ),
    "Dapr over a Redis that only the Secret knows": row(
        {"transport": "dapr", "dapr": {**TOKENS, "pubsub": {"type": "redis"}}},
        words="dapr.pubsub.type … redis.host",
    ),
    "a state store without Dapr": row(
        {"dapr": {"stateStore": {"enabled": True}}}, words="dapr.stateStore.enabled"
    ),
    "secrets at start without Dapr": row(
        {"dapr": {"secretStore": {"atStart": True}}}, words="dapr.secretStore.atStart"
    ),
    "Celery without Redis": row(
        NO_REDIS, {"roles": {"worker": {"enabled": True}}}, words="roles.worker.enabled needs Redis"
    ),
    "a schedule without Redis": row(
        NO_REDIS, {"roles": {"beat": {"enabled": True}}}, words="roles.beat.enabled needs Redis"
    ),
    "sockets without Redis": row(
        NO_REDIS,
        {"roles": {"sockets": {"replicas": 2}}},
        words="roles.sockets: more than one pod needs Redis",
    ),
    "a password of Redis in clear": row(
        {"redis": {"host": "redis.example", "tls": False}}, words="redis.tls is off … redis.insecure"
    ),
    "no broker": row(EXTERNAL, {"kafka": {"brokers": []}}, words="kafka.brokers is empty"),
    "a broker in clear": row(
        EXTERNAL,
        {"kafka": {"securityProtocol": "PLAINTEXT"}},
        words="kafka.securityProtocol PLAINTEXT … kafka.insecure",
    ),
    "no user of Kafka": row(EXTERNAL, {"kafka": {"user": ""}}, words="kafka.user is empty"),
    "more copies than brokers": row(
        KAFKA,
        {"kafka": {"strimzi": {"nodes": 2}}},
        words="kafka.topics.replication is 3 … kafka.strimzi.nodes is 2",
    ),
    "copies that must all be there": row(
        KAFKA, {"kafka": {"topics": {"minInSync": 3}}}, words="kafka.topics.minInSync is 3 … replication 3"
    ),
    "killed before it has ended": row(
        {"roles": {"web": {"terminationGracePeriodSeconds": 20}}},
        words="terminationGracePeriodSeconds of web is 20 … the 10 seconds before SIGTERM and the 10",
    ),
    "nodes that nobody can drain": row(
        {"roles": {"web": {"pdb": {"maxUnavailable": 0}}}}, words="pdb.maxUnavailable of web is 0"
    ),
    "a certificate that nobody can check": row(
        {"database": {"host": "db.example"}}, words="database.caSecret is empty … verify-full"
    ),
    "one role twice": row(
        {"database": {"host": "db.example", "caSecret": "ca", "owner": "todo"}},
        words="database.owner is database.user",
    ),
    "an owner of a URL that we cannot see": row(
        {"database": {"owner": "todo_owner"}}, words="database.owner needs database.host"
    ),
    "one volume without backups": row(
        {"database": {"mode": "simple"}, "backup": {"enabled": False}},
        words="backup.enabled is false … acceptDataLoss",
    ),
    "more connections than there are": row(
        {"database": {"maxConnections": 20}}, words="database.maxConnections is 20 … raise it to"
    ),
    "two ways in": row(
        GATEWAY,
        {"ingress": {"enabled": True, "tlsSecret": "todo-tls"}},
        words="gateway.enabled and ingress.enabled",
    ),
    "a gateway of no class": row(
        {"gateway": {"enabled": True, "tlsSecret": "todo-tls"}},
        words="gateway.className and gateway.parentRefs",
    ),
    "a gateway without TLS": row(
        GATEWAY, {"gateway": {"tlsSecret": ""}}, words="gateway.tlsSecret … gateway.insecure"
    ),
    "an ingress without TLS": row(
        {"ingress": {"enabled": True}}, words="ingress.tlsSecret … ingress.insecure"
    ),
    "a proxy that does not count": row(GATEWAY, {"trustedProxies": 0}, words="trustedProxies is 0"),
    "secrets from nowhere": row(
        {"externalSecrets": {"enabled": True}}, words="externalSecrets.enabled needs storeRef"
    ),
}
MISSING = ("host", "trustedProxies", "secret")


@cache
def answers() -> Mapping[str, Rendered]:
    """What Helm says to each row, and to values of which one that is needed is missing; all in one process."""
    rows = {**BY_SCHEMA, **BY_CHART}
    said = {name: merge_values(NEEDED, *each.said) for name, each in rows.items()}
    said |= {f"no {key}": {name: NEEDED[name] for name in NEEDED if name != key} for key in MISSING}
    said["a Secret without a name"] = merge_values(NEEDED, {"secret": {"name": ""}})
    return dict(zip(said, render([Release(values) for values in said.values()]), strict=True))


@pytest.mark.parametrize("name", BY_SCHEMA)
def test_the_schema_refuses(name: str) -> None:
    error = answers()[name].error
    assert [word for word in BY_SCHEMA[name].words if word not in error] == [], error


@pytest.mark.parametrize("name", BY_CHART)
def test_the_chart_refuses_with_one_sentence(name: str) -> None:
    error = answers()[name].error
    assert [word for word in BY_CHART[name].words if word not in error] == [], error
    sentences = [line for line in error.splitlines()[1:] if line.strip()]
    assert len(sentences) == 1, error


@pytest.mark.parametrize("key", MISSING)
def test_an_installation_needs(key: str) -> None:
    wanted = "at '/secret': missing property 'name'" if key == "secret" else f"missing property '{key}'"
    assert wanted in answers()[f"no {key}"].error


def test_a_secret_has_a_name() -> None:
    assert "/secret/name" in answers()["a Secret without a name"].error


def test_what_is_needed_suffices() -> None:
    [answer] = render([Release(NEEDED)])
    assert answer.error == ""
    assert answer.of_kind("Deployment")
