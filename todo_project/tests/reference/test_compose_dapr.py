"""The Dapr files that compose mounts are those of the chart, filled in for its services."""

from typing import Any

import pytest
import yaml

from devstack.dapr.compose_files import TARGET, render_compose_files
from devstack.dapr.launch import Launch, SidecarOptions
from devstack.paths import REPOSITORY
from devstack.stack import Stack
from todo_project.settings.consumers import CONSUMERS
from todo_project.tests.platform.compose import COMPOSE, environment_of

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SIDECARS = {name: service for name, service in SERVICES.items() if "daprd" in service["image"]}


def flags_of(service: dict[str, Any]) -> dict[str, str]:
    """The flags of a sidecar or of the scheduler, without dashes."""
    words = [*service["entrypoint"][1:], *service["command"]]
    assert all(word.startswith("--") and "=" in word for word in words), words
    return dict(word.removeprefix("--").split("=", 1) for word in words)


def test_the_files_are_up_to_date() -> None:
    wrong = [
        path.name
        for path, text in render_compose_files().items()
        if not path.exists() or path.read_text() != text
    ]
    assert not wrong, f"run `python -m devstack.dapr.compose_files`: {wrong}"
    assert {path for path in TARGET.rglob("*") if path.is_file()} == set(render_compose_files())


def test_each_role_that_dapr_calls_or_is_called_by_has_a_sidecar_with_its_app_id() -> None:
    woken = {spec.name for spec in CONSUMERS if spec.topics}
    apps = {service["network_mode"]: flags_of(service)["app-id"] for service in SIDECARS.values()}
    assert apps == {f"service:{role}": f"todo-{role}" for role in (*woken, "relay", "web", "sweeps")}


@pytest.mark.parametrize("name", sorted(SIDECARS))
def test_a_sidecar_is_started_as_those_that_tests_run(name: str, tmp_path: Any) -> None:
    flags = flags_of(SIDECARS[name])
    stack = Stack(tmp_path)
    role = SIDECARS[name]["network_mode"].removeprefix("service:")
    ports = dict.fromkeys(("http", "grpc", "internal_grpc"), 1)
    tested = Launch("todo-x", 8000, stack, SidecarOptions(scheduler=False), ports, tmp_path)._flags()
    assert flags.keys() <= tested.keys()
    assert (
        flags["dapr-listen-addresses"],
        flags["app-channel-address"] if "app-port" in flags else "127.0.0.1",
    ) == (
        "127.0.0.1",
        "127.0.0.1",
    )
    assert ("app-port" in flags) == (role != "relay")
    assert (TARGET / flags["config"].removeprefix("/dapr/")).is_file()
    assert flags["scheduler-host-address"] == "scheduler:50006"


@pytest.mark.parametrize("name", sorted(SIDECARS))
def test_a_sidecar_has_the_secrets_that_its_components_name_and_the_tokens_of_its_role(name: str) -> None:
    given = environment_of(name)
    named = {
        entry["secretKeyRef"]["key"]
        for path in (TARGET / "resources").glob("*.yaml")
        for entry in yaml.safe_load(path.read_text())["spec"].get("metadata", [])
        if isinstance(entry, dict) and "secretKeyRef" in entry
    }
    tokens = {"DAPR_API_TOKEN", "APP_API_TOKEN"}
    assert given.keys() == named | tokens
    role = SIDECARS[name]["network_mode"].removeprefix("service:")
    assert {token: given[token] for token in tokens} == {
        token: environment_of(role)[token] for token in tokens
    }
    assert SIDECARS[name]["volumes"] == ["./devstack/compose/dapr:/dapr:ro"]
    assert (REPOSITORY / "devstack" / "compose" / "dapr" / "resources").is_dir()
