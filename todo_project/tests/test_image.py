"""The image and the compose file name commands, options and variables that exist."""

import json
import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from devstack.paths import REPOSITORY
from todo_project.settings.env import load

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
ROLES = {name: role for name, role in COMPOSE["services"].items() if role["image"] == "todo:local"}


def dockerfile_list(instruction: str) -> list[str]:
    """The exec form of an instruction of the last stage."""
    found = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found[-1])
    return words


def parses(command: str, arguments: list[str]) -> bool:
    """Whether a management command takes these arguments; its parser exits otherwise."""
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    return parser.parse_args(arguments) is not None


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_starts_a_command_that_exists(name: str) -> None:
    command, *arguments = ROLES[name]["command"]
    assert parses(command, arguments)


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_s_variables_are_all_that_production_needs_and_none_is_unknown(name: str) -> None:
    environment = {
        variable: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "a-secret", value))
        for variable, value in ROLES[name]["environment"].items()
    }
    env = load(environment, production=True)
    assert env.event_transport == "kafka"
    assert env.database_url.startswith("postgresql://todo:a-secret@postgres:5432/")


def test_every_role_of_a_cluster_is_there() -> None:
    commands = {role["command"][0] for role in ROLES.values()}
    assert commands == {"migrate", "topics", "web", "sockets", "relay", "consume", "worker", "beat"}


def test_the_image_runs_a_command_without_a_shell_and_without_rights() -> None:
    assert dockerfile_list("ENTRYPOINT") == ["python", "manage.py"]
    assert parses(dockerfile_list("CMD")[0], [])
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


def test_roles_run_on_a_read_only_root() -> None:
    for role in ROLES.values():
        assert role["read_only"] is True
        assert role["cap_drop"] == ["ALL"]
