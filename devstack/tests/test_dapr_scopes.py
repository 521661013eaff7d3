"""The scopes of the Dapr files: who may load what, as rendered, and as a real `daprd` per app id keeps to it."""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from devstack import Stack
from devstack.dapr import Sidecar, SidecarOptions
from devstack.dapr.files import fill
from devstack.dapr.launch import FIXED_VALUES
from devstack.dapr.topology import KNOWN_TOPICS, app_of, apps_of, scope_values
from devstack.paths import DAPR_FILES
from devstack.testing import require_services
from todo_project.settings.consumers import CONSUMERS, SNAPSHOTS

OF_PLACES = dict.fromkeys(
    (
        *("NAME_RESOLUTION_FILE", "POSTGRESQL_SECRET", "POSTGRESQL_KEY"),
        *(
            "REDIS_ADDRESS",
            "REDIS_DATABASE",
            "REDIS_ENABLE_TLS",
            "REDIS_PASSWORD_SECRET",
            "REDIS_PASSWORD_KEY",
        ),
        *(
            "KAFKA_BROKERS",
            "KAFKA_AUTH_TYPE",
            "KAFKA_DISABLE_TLS",
            "KAFKA_SASL_USERNAME",
            "KAFKA_SASL_MECHANISM",
        ),
        *("KAFKA_SASL_PASSWORD_SECRET", "KAFKA_SASL_PASSWORD_KEY", "KAFKA_CA_SECRET", "KAFKA_CA_KEY"),
    ),
    "any",
)
NO_STORE, NO_SECRETS = "ERR_STATE_STORE_NOT_CONFIGURED", "ERR_SECRET_STORES_NOT_CONFIGURED"
ALL = (*CONSUMERS, SNAPSHOTS)
WOKEN = tuple(spec.name for spec in ALL if spec.topics)
EVERY_TOPIC = "p-task-events,p-reminders,p-task-updates"


def rendered(name: str, prefix: str = "shop", topic_prefix: str = "p-") -> dict[str, Any]:
    scopes = scope_values(apps_of(prefix), topic_prefix=topic_prefix)
    values = {**OF_PLACES, **FIXED_VALUES, "APP_PREFIX": prefix, **scopes}
    document: dict[str, Any] = yaml.safe_load(fill(DAPR_FILES / f"{name}.yaml", values))
    return document


def metadata(document: Mapping[str, Any]) -> dict[str, str]:
    return {row["name"]: row.get("value", "") for row in document["spec"]["metadata"]}


@pytest.mark.parametrize("path", sorted(DAPR_FILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_component_has_scopes_that_are_not_empty(path: Path) -> None:
    """Dapr takes an empty list of scopes, like none at all, to mean everybody."""
    document = rendered(path.stem)
    if document["kind"] == "Component":
        assert document["scopes"]
        assert all(app.startswith("shop-") for app in document["scopes"])


def test_scopes_follow_the_table_of_consumers() -> None:
    pubsub = rendered("pubsub.kafka")
    assert pubsub["scopes"] == ["shop-relay", *(f"shop-{name}" for name in WOKEN)]
    rights = metadata(pubsub)
    assert rights["allowedTopics"] == rights["protectedTopics"] == EVERY_TOPIC
    assert rights["publishingScopes"] == f"shop-relay={EVERY_TOPIC}"
    read = dict(part.split("=") for part in rights["subscriptionScopes"].split(";"))
    assert {app: set(topics.split(",")) for app, topics in read.items()} == {
        f"shop-{spec.name}": {f"p-{topic}" for topic in spec.topics} for spec in ALL if spec.topics
    }
    assert rendered("reminder-cron")["scopes"] == ["shop-sweeps"]


def test_there_are_no_topics_but_those_of_the_log() -> None:
    from events_app.transports.envelope import TOPICS as OF_THE_LOG  # noqa: PLC0415 - needs Django

    assert set(KNOWN_TOPICS) == set(OF_THE_LOG)


@pytest.mark.parametrize(
    ("app_id", "prefix", "consumers"),
    [
        ("todo-audit", "todo", ("audit",)),
        ("todo-notifications-realtime", "todo", ("notifications", "realtime")),
        ("a-b-recurrence-audit", "a-b", ("recurrence", "audit")),
        ("todo-web", "todo", ()),
        ("audit", "audit", WOKEN),
        ("todo-replan", "todo-replan", WOKEN),
    ],
)
def test_an_app_id_says_what_the_app_does(app_id: str, prefix: str, consumers: tuple[str, ...]) -> None:
    app = app_of(app_id)
    assert (app.prefix, app.consumers) == (prefix, consumers)


def test_configurations_differ_only_in_name_and_in_who_may_call() -> None:
    parts = {}
    for name in ("configuration", "configuration.web", "configuration.sweeps"):
        document = rendered(name)
        parts[name] = (
            document["metadata"].pop("name"),
            document["spec"]["accessControl"].pop("policies", []),
        )
        assert document == rendered_without_calls("configuration"), name
    assert {name for name, _ in parts.values()} == {"todo", "todo-web", "todo-sweeps"}
    callers = {name: [each["appId"] for each in policies] for name, policies in parts.values()}
    assert callers == {"todo": [], "todo-web": ["shop-check"], "todo-sweeps": ["shop-web"]}


def rendered_without_calls(name: str) -> dict[str, Any]:
    document = rendered(name)
    del document["metadata"]["name"]
    document["spec"]["accessControl"].pop("policies", None)
    return document


def test_every_policy_of_resiliency_is_used_and_every_target_exists() -> None:
    spec = rendered("resiliency")["spec"]
    targets = [*spec["targets"]["apps"].values()]
    for component in spec["targets"]["components"].values():
        targets += component.values()
    for kind, key in (("timeouts", "timeout"), ("retries", "retry"), ("circuitBreakers", "circuitBreaker")):
        assert {target[key] for target in targets if key in target} == set(spec["policies"][kind])
    assert set(spec["targets"]["apps"]) <= {app.id for app in apps_of("shop")}
    assert set(spec["targets"]["components"]) == {"pubsub", "statestore", "secretstore"}


@pytest.fixture(scope="module")
def stack() -> Stack:
    return require_services("postgresql", "redis")


@pytest.fixture(scope="module")
def sidecars(stack: Stack) -> Iterator[dict[str, Sidecar]]:
    """Those of an installation with Redis, and of a stranger in its place."""
    prefix = f"s{uuid.uuid4().hex[:8]}"
    options = SidecarOptions(
        "redis",
        files=("secretstore", "statestore", "resiliency"),
        prefix=prefix,
        topic_prefix=f"{prefix}-",
        scheduler=False,
    )
    with ExitStack() as running:
        yield {
            role: running.enter_context(Sidecar(f"{prefix}-{role}", stack=stack, options=options))
            for role in ("relay", "web", "audit", "stranger")
        }


def ask(sidecar: Sidecar, method: str, path: str, body: object = None) -> int:
    headers = {"dapr-api-token": sidecar.api_token}
    return httpx.request(method, sidecar.http_url + path, json=body, headers=headers, timeout=30).status_code


def error_of(sidecar: Sidecar, method: str, path: str, body: object = None) -> str:
    """The code in an answer that refuses."""
    headers = {"dapr-api-token": sidecar.api_token}
    answer = httpx.request(method, sidecar.http_url + path, json=body, headers=headers, timeout=30)
    assert answer.status_code >= 400
    code: str = answer.json()["errorCode"]
    return code


def body_of(sidecar: Sidecar, path: str) -> object:
    return httpx.get(
        sidecar.http_url + path, headers={"dapr-api-token": sidecar.api_token}, timeout=30
    ).json()


def publish(sidecar: Sidecar, topic: str) -> int:
    event = json.dumps({"specversion": "1.0", "id": "1", "source": "/todo", "type": "Tried", "data": {}})
    headers = {"dapr-api-token": sidecar.api_token, "content-type": "application/cloudevents+json"}
    path = f"/v1.0/publish/pubsub/{sidecar.options.topic_prefix}{topic}"
    return httpx.post(sidecar.http_url + path, content=event, headers=headers, timeout=30).status_code


def publish_bulk(sidecar: Sidecar, topic: str) -> int:
    path = f"/v1.0/publish/bulk/pubsub/{sidecar.options.topic_prefix}{topic}"
    return ask(sidecar, "POST", path, [{"entryId": "1", "event": {}, "contentType": "application/json"}])


@pytest.mark.services
@pytest.mark.slow
class TestRealSidecars:
    def test_the_relay_alone_publishes_and_only_to_our_topics(self, sidecars: dict[str, Sidecar]) -> None:
        for send in (publish, publish_bulk):
            assert send(sidecars["relay"], "task-events") == 204
            assert send(sidecars["relay"], "another") == 403
            assert send(sidecars["audit"], "task-events") == 403
            assert 400 <= send(sidecars["web"], "task-events") < 500
            assert 400 <= send(sidecars["stranger"], "task-events") < 500

    def test_state_is_for_those_that_keep_snapshots(self, sidecars: dict[str, Sidecar]) -> None:
        row = [{"key": "task-1", "value": 1}]
        for role in ("web", "relay"):
            assert ask(sidecars[role], "POST", "/v1.0/state/statestore", row) == 204
            assert ask(sidecars[role], "GET", "/v1.0/state/statestore/task-1") == 200
        for role in ("audit", "stranger"):
            for method, path in (("POST", ""), ("GET", "/task-1"), ("DELETE", "/task-1")):
                # Dapr answers 500 where an app has no state store at all, 400 where it has another.
                assert error_of(sidecars[role], method, f"/v1.0/state/statestore{path}", row) == NO_STORE

    def test_no_role_reads_the_secrets_of_components(self, sidecars: dict[str, Sidecar]) -> None:
        for role in ("relay", "web", "audit"):
            for name in ("TODO_DAPR_POSTGRESQL", "DAPR_API_TOKEN", "PATH"):
                assert ask(sidecars[role], "GET", f"/v1.0/secrets/secretstore/{name}") == 403
            assert body_of(sidecars[role], "/v1.0/secrets/secretstore/bulk") == {}
        assert error_of(sidecars["stranger"], "GET", "/v1.0/secrets/secretstore/PATH") == NO_SECRETS

    def test_what_the_code_does_not_call_is_not_there(self, sidecars: dict[str, Sidecar]) -> None:
        relay = sidecars["relay"]
        assert ask(relay, "GET", "/v1.0/metadata") == 200
        for method, path in (
            ("POST", "/v1.0/shutdown"),
            ("POST", "/v1.0/bindings/anything"),
            ("POST", "/v1.0-alpha1/lock/statestore"),
            ("POST", "/v1.0-alpha1/state/statestore/query"),
            ("GET", "/v1.0/configuration/any"),
        ):
            assert ask(relay, method, path, {}) == 404, path
        assert relay.is_running()
