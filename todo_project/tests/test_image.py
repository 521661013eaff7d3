"""The image and the compose files name commands, options and variables that exist, and expose as little as they can."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import AppConfig, apps
from django.core.management import get_commands, load_command_class

from devstack import versions
from devstack.gate import templates
from devstack.paths import REPOSITORY
from todo_project.settings.consumers import CONSUMERS
from todo_project.settings.env import load
from todo_project.tests.platform.compose import COMPOSE, OURS, ROLES, environment_of, needed_variables, secret
from todo_project.tests.test_names import modules

GATE_MINUTES = 90  # on a busy machine
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.?\d*[\w.-]*@sha256:[0-9a-f]{64}")
# Their digests cannot be looked up where this is written; the version is the one that the devstack builds and tests.
BY_VERSION = {f"daprio/{name}:{versions.DAPR_VERSION}" for name in ("daprd", "scheduler")}


def dockerfile_list(instruction: str) -> list[str]:
    """The exec form of an instruction of the last stage."""
    found = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found[-1])
    return words


def is_ours(app: AppConfig) -> bool:
    return Path(app.path).parent == REPOSITORY


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
    env = load(environment_of(name), production=True)
    is_dapr = ROLES[name].get("profiles") == ["dapr"]
    assert env.event_transport == ("dapr" if is_dapr else "kafka")
    role, password = "todo", secret("TODO_POSTGRES_PASSWORD")
    if name == "prepare":  # the only one that knows the owner of the tables
        role, password = "todo_owner", secret("TODO_POSTGRES_OWNER_PASSWORD")
    assert env.database_url == f"postgresql://{role}:{password}@postgres:5432/todo"
    assert env.database_application_role == ("todo" if name == "prepare" else "")


def test_every_role_of_a_cluster_is_there() -> None:
    commands = {role["command"][0] for role in ROLES.values()}
    common = {"prepare", "web", "sockets", "relay", "worker", "beat", "metrics"}
    assert commands == common | {"consume", "receive", "dapr_jobs"}


def test_each_transport_is_a_profile_and_each_consumer_is_hosted_once_in_it() -> None:
    profiles = {name: service.get("profiles", ["every"]) for name, service in SERVICES.items()}
    assert {profile for chosen in profiles.values() for profile in chosen} == {"every", "kafka", "dapr"}
    commands = {name: ROLES[name]["command"] for name in ROLES}
    by_kafka = [commands[name] for name in ROLES if profiles[name] == ["kafka"]]
    assert by_kafka == [["consume", "--all"]]
    received = [commands[name][1] for name in ROLES if commands[name][0] == "receive"]
    assert sorted(received) == sorted(["--sweeps", *(spec.name for spec in CONSUMERS if spec.topics)])
    assert all(profiles[name] == ["dapr"] for name in ROLES if commands[name][0] in ("receive", "dapr_jobs"))


def test_the_image_runs_a_command_without_a_shell_and_without_rights() -> None:
    assert dockerfile_list("ENTRYPOINT") == ["python", "manage.py"]
    assert parses(dockerfile_list("CMD")[0], [])
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


def test_every_app_goes_into_the_image() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    sent = [line.strip("!/") for line in lines if line.startswith("!")]
    folders = [Path(app.path).relative_to(REPOSITORY) for app in apps.get_app_configs() if is_ours(app)]
    assert len(folders) >= 7
    assert [folder for folder in folders if not any(map(folder.match, sent))] == []


def test_the_gate_looks_at_the_templates_of_every_app() -> None:
    ours = (Path(app.path, "templates") for app in apps.get_app_configs() if is_ours(app))
    assert templates() == sorted(str(path.relative_to(REPOSITORY)) for path in ours if path.is_dir())


def test_every_image_is_pinned_by_version_and_digest() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    foreign = [service["image"] for service in SERVICES.values() if service["image"] != OURS]
    assert len(bases) == 2
    assert {image for image in bases + foreign if not PINNED.fullmatch(image)} == BY_VERSION


def test_kafka_is_the_one_that_the_devstack_tests() -> None:
    tag, _, _ = SERVICES["kafka"]["image"].partition("@")
    assert tag == f"apache/kafka:{versions.KAFKA_VERSION}"
    assert SERVICES["account"]["image"] == SERVICES["kafka"]["image"]


def test_the_venv_is_made_without_pip_and_the_last_stage_has_none() -> None:
    last_stage = DOCKERFILE.rpartition("FROM ")[2]
    assert "venv --without-pip" in DOCKERFILE
    assert "pip uninstall --yes --root-user-action=ignore pip setuptools wheel" in last_stage


def test_the_platform_runs_without_pip_and_setuptools() -> None:
    """What the image leaves out, nothing of the platform imports: every module of the roles, and what they bring."""
    program = """
import sys
for name in ("pip", "setuptools", "pkg_resources", "wheel", "_distutils_hack"):
    sys.modules[name] = None
import django
django.setup()
import todo_project.asgi, todo_project.wsgi, todo_project.web.server, todo_project.celery
import realtime_app.server.socket_server
from events_app.transports import kafka_topics, dapr_sidecar
from django.core.management import call_command
call_command("check")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_has_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    # PostgreSQL's entry point hands its folder to its own user; Kafka's writes its settings beside the program.
    assert service.get("read_only", False) is (name not in {"postgres", "kafka", "account"})


def test_only_the_proxy_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy": ["127.0.0.1:8000:8080"]}


def test_nothing_but_mail_leads_outside_from_the_services() -> None:
    networks = {name: set(service.get("networks", ())) for name, service in SERVICES.items()}
    assert COMPOSE["networks"]["services"] == {"internal": True}
    assert networks.pop("proxy") == {"edge"}
    assert {name for name, joined in networks.items() if "edge" in joined} == {"web", "sockets"}
    assert {name for name, joined in networks.items() if "outside" in joined} == {"deliver"}
    beside = {name for name in SERVICES if "network_mode" in SERVICES[name]}
    assert beside == {name for name, joined in networks.items() if "services" not in joined}
    assert SERVICES["account"]["network_mode"] == "service:kafka"
    assert not any("networks" in SERVICES[name] for name in beside), "it has those of the other service"


@pytest.mark.parametrize("name", ["web", "sockets"])
def test_roles_behind_the_proxy_believe_it_alone_and_answer_their_health_check(name: str) -> None:
    assert load(environment_of(name), production=True).trusted_proxies == 1
    assert "localhost" in load(environment_of(name), production=True).allowed_hosts


@pytest.mark.parametrize("name", sorted(ROLES))
def test_every_role_that_keeps_running_has_a_health_check_which_no_public_name_disturbs(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if SERVICES[name]["restart"] == "no":
        assert check == {"disable": True}
        return
    how, python, program, command, *arguments = check["test"]
    assert (how, python, program) == ("CMD", "python", "manage.py")
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    assert parser.parse_args(arguments).port == load(environment_of(name), production=True).side_port


def test_roles_that_share_a_loopback_have_side_ports_of_their_own() -> None:
    used = [
        (ROLES[name].get("network_mode", f"service:{name}"), environment_of(name)["TODO_SIDE_PORT"])
        for name in ROLES
    ]
    assert len(set(used)) == len(used)


def test_a_role_has_the_time_to_end_that_it_may_take() -> None:
    grace = {name: int(role["stop_grace_period"].removesuffix("s")) for name, role in ROLES.items()}
    assert all(grace[name] > 60 for name in ("worker", "deliver")), "a job is finished first"
    assert min(grace.values()) > 15


@pytest.mark.parametrize("name", ["web", "sockets"])
def test_where_strangers_come_in_a_sidecar_s_routes_are_not_served(name: str) -> None:
    assert load(environment_of(name), production=True).routes == "public"


def test_the_image_says_what_it_is_and_leaves_out_what_only_developers_run() -> None:
    last_stage = DOCKERFILE.rpartition("FROM ")[2]
    labels = ("title", "version", "revision")
    assert [label for label in labels if f"org.opencontainers.image.{label}=" not in last_stage] == []
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert {"todo_project/simulation/", "todo_project/management/commands/simulate.py"} <= set(ignored)
    elsewhere = [
        path
        for path in modules()
        if path.parts[:2] != ("todo_project", "simulation")
        and "todo_project.simulation" in (REPOSITORY / path).read_text()
    ]
    assert elsewhere == [], "the platform would not start without it"


def test_the_public_workflow_gives_the_gate_its_time() -> None:
    jobs = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert jobs["gate"]["timeout-minutes"] >= GATE_MINUTES


def test_no_password_is_on_a_command_line() -> None:
    for service in SERVICES.values():
        words = [*service.get("command", ()), *service.get("healthcheck", {}).get("test", ())]
        assert [word for word in map(str, words) if "PASSWORD" in word or "SECRET" in word] == []


@pytest.mark.parametrize("name", sorted(ROLES))
def test_every_other_setting_can_be_given_in_a_file_that_is_not_committed(name: str) -> None:
    [file] = ROLES[name]["env_file"]
    assert file == {"path": "platform.env", "required": False}
    ignored = (REPOSITORY / ".gitignore").read_text().splitlines()
    assert {".env", "/platform.env"} <= set(ignored)


def test_all_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    script = tmp_path / "devstack" / "compose" / "create-secrets.sh"
    script.parent.mkdir(parents=True)
    script.write_text((REPOSITORY / "devstack" / "compose" / "create-secrets.sh").read_text())
    (tmp_path / ".env").write_text("TODO_KAFKA_PASSWORD=mine\n")
    for _ in range(2):
        subprocess.run(["sh", script], check=True)
        values = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
        (tmp_path / ".env").chmod(0o644)
    subprocess.run(["sh", script], check=True)
    assert set(values) == needed_variables() | {"COMPOSE_PROFILES"}
    assert values.pop("TODO_KAFKA_PASSWORD") == "mine"
    # Compose fills it in: one word chooses the transport and the roles that it needs.
    assert (values.pop("TODO_EVENT_TRANSPORT"), values.pop("COMPOSE_PROFILES")) == (
        "kafka",
        "${TODO_EVENT_TRANSPORT}",
    )
    push_key = values["TODO_VAPID_PRIVATE_KEY"]
    assert load({"TODO_VAPID_PRIVATE_KEY": push_key}).vapid_private_key == push_key
    others = [value for name, value in values.items() if value != push_key]
    assert all(re.fullmatch(r"(1:)?[0-9a-f]{64}", value) for value in others)
    assert len(set(values.values())) == len(values)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert (
        dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines()).items()
        >= values.items()
    )


def test_with_tls_only_the_proxy_changes() -> None:
    overlay = yaml.safe_load((REPOSITORY / "devstack" / "compose" / "tls.yaml").read_text())
    assert list(overlay["services"]) == ["proxy"]
    assert overlay["services"]["proxy"]["ports"] == ["80:8080", "443:8443"]
    [configuration] = overlay["services"]["proxy"]["command"]
    assert (REPOSITORY / "devstack" / "compose" / "proxy" / Path(configuration).name).exists()


def test_every_file_that_is_mounted_exists() -> None:
    mounts = [str(volume) for service in SERVICES.values() for volume in service.get("volumes", ())]
    sidecars = [service for service in SERVICES.values() if "daprd" in service["image"]]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(files) == 3 + len(sidecars)
    assert [file for file in files if not (REPOSITORY / file).exists()] == []
