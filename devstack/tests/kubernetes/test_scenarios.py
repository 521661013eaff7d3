"""Every scenario as Helm renders it: whole, the same each time, and right for the code that it starts."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, resolve

from devstack.dapr.files import fill
from devstack.dapr.topology import apps_of, scope_values
from devstack.kubernetes.chart import CHART, Release, Rendered, merge_values, render, scenarios
from devstack.kubernetes.pods import PodTemplate, pod_templates
from devstack.kubernetes.references import PROBE_KINDS, find_mistakes
from devstack.paths import DAPR_FILES, REPOSITORY
from todo_project import urls
from todo_project.settings.consumers import CONSUMERS, SNAPSHOTS
from todo_project.settings.env import Env, load, secret_names
from todo_project.web.routes import is_internal

NAMES = sorted(scenarios())
CLOUDS = [name for name in NAMES if name.startswith("clouds/")]
MOST_LINES = 40
LONG = "a-release-with-a-name-of-forty-character"
# What a cloud's file may say: what only that cloud knows, and how many pods there are.
OF_A_CLOUD = {
    *("trustedProxies", "transport", "roles", "database", "redis", "kafka", "dapr", "gateway", "ingress"),
    *("backup", "single", "podDefaults"),
}
TEMPLATES = {path: path.read_text() for path in sorted((CHART / "templates").rglob("*")) if path.is_file()}
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = yaml.safe_load((CHART / "values.schema.json").read_text())


def ours(rendered: Rendered) -> list[PodTemplate]:
    return [each for each in pod_templates(rendered.objects) if each.is_ours]


def containers(rendered: Rendered) -> Iterator[tuple[PodTemplate, Mapping[str, Any]]]:
    """Each container of ours that runs `manage.py`, with its pod."""
    for template in ours(rendered):
        yield from ((template, each) for each in template.containers if "envFrom" in each)


def environment_of(container: Mapping[str, Any], rendered: Rendered) -> dict[str, str]:
    """What a container finds in its environment; each secret has a value of its kind."""
    maps = {each["metadata"]["name"]: each["data"] for each in rendered.of_kind("ConfigMap")}
    found: dict[str, str] = {}
    for source in container["envFrom"]:
        found |= maps[source["configMapRef"]["name"]]
    for variable in container["env"]:
        optional = variable.get("valueFrom", {}).get("secretKeyRef", {}).get("optional", False)
        if not optional:
            found[variable["name"]] = variable.get("value") or secret_of(variable["name"])
    return found


def secret_of(name: str) -> str:
    digits = sha256(name.encode()).hexdigest()
    kinds = {
        "TODO_AUDIT_KEYS": f"1:{digits}",
        "TODO_DATABASE_URL": f"postgresql://todo:{digits}@db.example/todo",
        "TODO_REDIS_URL": f"rediss://:{digits}@redis.example/0",
        "TODO_EMAIL_URL": f"smtps://todo:{digits}@mail.example:465",
    }
    return kinds.get(name, digits)


@cache
def loaded(environment: tuple[tuple[str, str], ...]) -> Env:
    """The settings of production; many containers have the same environment."""
    return load(dict(environment), production=True)


@pytest.mark.parametrize("name", NAMES)
def test_it_renders_and_nothing_in_it_leads_to_nothing(name: str, rendered: Mapping[str, Rendered]) -> None:
    answer = rendered[name]
    assert answer.error == ""
    assert find_mistakes(answer.objects) == []
    assert "createsuperuser" in answer.notes


@pytest.mark.parametrize("name", NAMES)
def test_each_container_starts_a_command_that_exists(name: str, rendered: Mapping[str, Rendered]) -> None:
    for template, container in containers(rendered[name]):
        if "command" not in container:
            command, *arguments = container["args"]
            parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
            assert parser.parse_args(arguments) is not None, template.owner


@pytest.mark.parametrize("name", NAMES)
def test_each_container_has_the_settings_that_production_needs_and_no_unknown_one(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    found = list(containers(rendered[name]))
    assert found
    for template, container in found:
        environment = environment_of(container, rendered[name])
        if "TODO_SECRETS_STORE" in environment:  # the sidecar gives them
            environment |= {each: secret_of(each) for each in ("TODO_SECRET_KEY", "TODO_AUDIT_KEYS")}
            environment.setdefault("TODO_DATABASE_URL", secret_of("TODO_DATABASE_URL"))
            environment |= {"TODO_SECRETS_STORE": "", "TODO_SECRETS_NAME": ""}
        env = loaded(tuple(sorted(environment.items())))
        assert env.allowed_hosts[0] == "todo.example", template.owner
        assert env.event_transport == scenarios()[name].values.get("transport", "embedded")


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_said_where_everybody_reads(name: str, rendered: Mapping[str, Rendered]) -> None:
    answer = rendered[name]
    assert answer.of_kind("Secret") == []
    plain = {key for each in answer.of_kind("ConfigMap") for key in each["data"]}
    for _, container in containers(answer):
        plain |= {variable["name"] for variable in container["env"] if "value" in variable}
    # A database's address without a password is no secret, nor is that of Redis.
    assert plain & set(secret_names()) <= {"TODO_DATABASE_URL", "TODO_REDIS_URL"}
    assert re.findall(r"://[^/@\s]*:[^/@\s]+@", "".join(answer.texts.values())) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_probe_asks_what_is_answered(name: str, rendered: Mapping[str, Rendered]) -> None:
    asked = {
        container[kind]["httpGet"]["path"]
        for _, container in containers(rendered[name])
        for kind in PROBE_KINDS
        if kind in container
    }
    assert asked == {"/livez", "/readyz", "/startupz"}
    assert all(resolve(path) and is_internal(path) for path in asked)


@pytest.mark.parametrize("name", NAMES)
def test_every_role_that_is_expected_runs(name: str, rendered: Mapping[str, Rendered]) -> None:
    commands = [container["args"] for _, container in containers(rendered[name]) if "args" in container]
    [config] = [each for each in rendered[name].of_kind("ConfigMap") if each["metadata"]["name"] == "todo"]
    expected = config["data"].get("TODO_EXPECTED_ROLES", "").split(",")
    for role in filter(None, expected):
        kind, _, consumer = role.partition(":")
        starts = {
            "consumer": ["consume", consumer],
            "receiver": ["receive", consumer],
            "sweeps": ["receive", "--sweeps"],
            "dapr-jobs": ["dapr_jobs"],
        }.get(kind, [kind])
        if kind == "deliver":
            assert ["deliver"] in commands or ["worker", "deliveries", "--processes", "1"] in commands
        else:
            assert any(each[: len(starts)] == starts for each in commands), role


def test_each_consumer_is_hosted_once_by_each_transport(rendered: Mapping[str, Rendered]) -> None:
    woken = {spec.name for spec in (*CONSUMERS, SNAPSHOTS) if spec.topics}
    assert set(VALUES["consumers"]) == {"all", *woken}
    assert sorted(hosted(rendered["ci/kafka-full"], "consume")) == sorted(woken - {SNAPSHOTS.name})
    assert sorted(hosted(rendered["ci/dapr-kafka"], "receive")) == sorted({*woken, "--sweeps"})


def hosted(answer: Rendered, command: str) -> list[str]:
    """What the containers with this command host."""
    lines = [each.get("args", [""]) for _, each in containers(answer)]
    return [argument for first, *rest in lines if first == command for argument in rest]


@pytest.mark.parametrize("name", NAMES)
def test_what_strangers_reach_is_the_list_and_nothing_internal(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    edge = yaml.safe_load((CHART / "edge.yaml").read_text())
    routed = set(routes_of(rendered[name]))
    values = scenarios()[name].values
    if values.get("gateway", {}).get("enabled") or values.get("ingress", {}).get("enabled"):
        assert {path for path, _ in routed} == {each["path"] for part in edge.values() for each in part}
        assert {backend for path, backend in routed if path == "/ws"} <= {"sockets", "single"}
    else:
        assert routed == set()
    assert [path for path, _ in routed if is_internal(path)] == []


def routes_of(answer: Rendered) -> Iterator[tuple[str, str]]:
    """Each path that is let through, and the role that gets it."""
    for route in answer.of_kind("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", ()):
                yield from ((each["path"]["value"], role_of(backend["name"])) for each in rule["matches"])
    for ingress in answer.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                yield path["path"], role_of(path["backend"]["service"]["name"])


def role_of(service: str) -> str:
    return service.rpartition("-")[2]


def test_every_route_of_the_code_is_let_through_or_internal() -> None:
    edge = yaml.safe_load((CHART / "edge.yaml").read_text())
    public = {each["path"].split("/")[1] for part in edge.values() for each in part}
    served = {segment_of(each) for each in patterns(urls.public_routes)}
    assert served - public == set()
    # `/static` is WhiteNoise's, `/ws` that of sockets.
    assert public - served == {"static", "ws"}
    internal = {segment_of(each) for each in patterns([*urls.probe_routes, *urls.sidecar_routes])}
    assert internal & public == set()


def patterns(routes: list[URLPattern | URLResolver]) -> Iterator[str]:
    for route in routes:
        if isinstance(route, URLResolver):
            yield from (str(route.pattern) + each for each in patterns(route.url_patterns))
        else:
            yield str(route.pattern)


def segment_of(pattern: str) -> str:
    """The first segment of the paths that a pattern matches."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"(/\?)?\$$", "", pattern.removeprefix("^"))).split("/")[0]


def test_dapr_gets_the_files_that_the_devstack_uses(rendered: Mapping[str, Rendered]) -> None:
    answer = rendered["ci/dapr-kafka"]
    values = {
        **scope_values(apps_of("todo")),
        "APP_PREFIX": "todo",
        "NAMESPACE": "apps",
        "CALLS_BY_DEFAULT": "deny",
        "METRICS_ENABLED": "true",
        "PUBSUB": "pubsub",
        "STATESTORE": "statestore",
        "SECRETSTORE": "secretstore",
        "SECRET_STORE_TYPE": "secretstores.kubernetes",
        "COMPONENT_SECRET_STORE": "kubernetes",
        "ALLOWED_SECRETS": "[todo]",
        "REMINDER_SCHEDULE": "@every 5s",
        "NAME_RESOLUTION": "kubernetes",
        "NAME_RESOLUTION_FILE": "",
        "TRACE_RATIO": "0.25",
        "TRACE_ENDPOINT": "collector.monitoring:4317",
        "TRACE_SECURE": "false",
        "KAFKA_BROKERS": "todo-kafka-kafka-bootstrap:9093",
        "KAFKA_AUTH_TYPE": "password",
        "KAFKA_DISABLE_TLS": "false",
        "KAFKA_SASL_USERNAME": "todo",
        "KAFKA_SASL_MECHANISM": "SHA-512",
        "KAFKA_SASL_PASSWORD_SECRET": "todo",
        "KAFKA_SASL_PASSWORD_KEY": "password",
        "KAFKA_CA_SECRET": "todo-kafka-cluster-ca-cert",
        "KAFKA_CA_KEY": "ca.crt",
        "POSTGRESQL_SECRET": "todo-state",
        "POSTGRESQL_KEY": "TODO_DAPR_POSTGRESQL",
    }
    paths = [path for path in sorted(DAPR_FILES.glob("*.yaml")) if path.stem != "pubsub.redis"]
    wanted = dict(map(titled, (yaml.safe_load(fill(path, values)) for path in paths)))
    found = dict(map(titled, answer.of_kind("Component", "Configuration", "Resiliency")))
    assert found == wanted


def titled(each: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An object by its kind and name, without labels."""
    title = f"{each['kind']}/{each['metadata']['name']}"
    return title, {key: value for key, value in each.items() if key != "metadata"}


def test_a_secret_that_nobody_needs_is_not_asked_for() -> None:
    values = yaml.safe_load((CHART / "ci" / "dapr-kafka-values.yaml").read_text())
    public = {"kafka": {"mode": "external", "brokers": ["seed.example:9092"]}}
    [answer] = render([Release(merge_values(values, public))])
    [pubsub] = [each for each in answer.of_kind("Component") if each["spec"]["type"] == "pubsub.kafka"]
    secrets = {each["name"]: each.get("secretKeyRef") for each in pubsub["spec"]["metadata"]}
    assert "caCert" not in secrets
    assert secrets["saslPassword"] == {"name": "todo", "key": "TODO_KAFKA_PASSWORD"}


def test_two_renders_are_equal_and_so_is_no_other_release(rendered: Mapping[str, Rendered]) -> None:
    again = render([scenarios()["ci/kafka-full"], scenarios()["ci/dapr-redis"]])
    assert again[0].texts == rendered["ci/kafka-full"].texts
    assert again[1].texts == rendered["ci/dapr-redis"].texts
    actions = re.findall(r"\{\{(?!-? ?/\*)(.*?)\}\}", "".join(TEMPLATES.values()), re.DOTALL)
    assert actions
    chance = re.compile(r"\b(rand[A-Z]\w*|lookup|gen[A-Z]\w*|now|uuidv4|htpasswd|bcrypt)\b")
    assert [action for action in actions if chance.search(re.sub(r'"[^"]*"', "", action))] == []


def test_a_change_of_a_setting_starts_pods_anew_and_prepares_again() -> None:
    scenario = scenarios()["ci/kafka-external"]
    releases = [scenario, Release(merge_values(scenario.values, {"extraEnv": {"TODO_REGISTRATION": "open"}}))]
    before, after = render(releases)
    sums = [
        {
            each.owner: each.annotations.get("checksum/config")
            for each in ours(answer)
            if each.kind == "Deployment"
        }
        for answer in (before, after)
    ]
    assert sums[0].keys() == sums[1].keys()
    assert all(sums[0][owner] != sums[1][owner] for owner in sums[0])
    jobs = [answer.of_kind("Job")[0]["metadata"]["name"] for answer in (before, after)]
    assert jobs[0] != jobs[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_volume_that_helm_waits_for_has_a_pod_that_needs_it_at_once(
    name: str, rendered: Mapping[str, Rendered]
) -> None:
    """A class may bind a volume for its first pod alone, and Helm waits for the volume; a CronJob has no pod yet."""
    claimed = {
        volume["persistentVolumeClaim"]["claimName"]
        for template in pod_templates(rendered[name].objects)
        if template.kind != "CronJob"
        for volume in template.spec.get("volumes", ())
        if "persistentVolumeClaim" in volume
    }
    assert {each["metadata"]["name"] for each in rendered[name].of_kind("PersistentVolumeClaim")} <= claimed


@pytest.mark.parametrize("change", [{"secret": {"revision": "2"}}, {"commonLabels": {"team": "todo"}}])
def test_what_changes_the_pods_of_a_job_makes_another_job(change: dict[str, Any]) -> None:
    """The template of a Job cannot be changed: with the same name the API server would refuse the upgrade."""
    scenario = scenarios()["ci/kafka-external"]
    jobs = [
        each
        for answer in render([scenario, Release(merge_values(scenario.values, change))])
        for each in answer.of_kind("Job")
    ]
    templates: dict[str, Any] = {}
    for each in jobs:
        template = each["spec"]["template"]
        assert templates.setdefault(each["metadata"]["name"], template) == template


def test_a_long_name_is_not_too_long() -> None:
    assert len(LONG) == 40
    chosen = ("ci/kafka-full", "ci/dapr-redis", "ci/single")  # each kind of object is in one of them
    releases = [Release(scenarios()[name].values, name=LONG) for name in chosen]
    for answer in render(releases):
        assert answer.error == ""
        assert find_mistakes(answer.objects) == []


@pytest.mark.parametrize("name", NAMES)
def test_there_are_no_hooks_but_the_test(name: str, rendered: Mapping[str, Rendered]) -> None:
    hooks = {
        (each["kind"], each["metadata"]["annotations"]["helm.sh/hook"])
        for each in rendered[name].objects
        if "helm.sh/hook" in each["metadata"].get("annotations", {})
    }
    assert hooks == {("Pod", "test")}


def test_the_chart_stands_alone_and_has_the_version_of_the_platform() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.findall(r'^version = "(.+)"$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)
    assert [chart["version"], chart["appVersion"]] == version * 2
    assert "dependencies" not in chart
    assert not (CHART / "charts").exists()


@pytest.mark.parametrize("name", CLOUDS)
def test_a_cloud_is_a_page_of_what_only_it_knows(name: str) -> None:
    path = CHART / "clouds" / f"values-{name.removeprefix('clouds/')}.yaml"
    assert len(path.read_text().splitlines()) < MOST_LINES
    assert yaml.safe_load(path.read_text()).keys() <= OF_A_CLOUD


@pytest.mark.parametrize(
    ("name", "processors", "gibibytes"), [("clouds/oke-free", "3", 10), ("clouds/single", "0.3", 0.4)]
)
def test_it_fits_into_what_is_free(
    name: str, processors: str, gibibytes: float, rendered: Mapping[str, Rendered]
) -> None:
    """Pods that go on running, with one sidecar for each app id; operators take the rest of what is free."""
    answer = rendered[name]
    needs = [
        container["resources"]["requests"]
        for template in pod_templates(answer.objects)
        if template.kind in ("Deployment", "StatefulSet")
        for container in template.containers
    ]
    needs += [each["spec"]["resources"]["requests"] for each in answer.of_kind("KafkaNodePool")]
    needs += [
        {
            "cpu": template.annotations["dapr.io/sidecar-cpu-request"],
            "memory": template.annotations["dapr.io/sidecar-memory-request"],
        }
        for template in pod_templates(answer.objects)
        if template.has_sidecar
    ]
    assert sum(amount(each["cpu"]) for each in needs) <= Decimal(processors)
    assert sum(amount(each["memory"]) for each in needs) <= Decimal(gibibytes) * 2**30


def amount(quantity: str) -> Decimal:
    number, unit = re.fullmatch(r"([0-9.]+)(\w*)", str(quantity)).groups()  # type: ignore[union-attr]
    return (
        Decimal(number)
        * {"": Decimal(1), "m": Decimal("0.001"), "Mi": Decimal(2**20), "Gi": Decimal(2**30)}[unit]
    )


def leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each value; what people fill themselves ends there."""
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, path)
        else:
            yield path


def described(path: tuple[str, ...]) -> bool:
    """Whether the schema has a value at this path."""
    at: Mapping[str, Any] = SCHEMA
    for key in path:
        while "$ref" in at:
            at = SCHEMA["$defs"][at["$ref"].rpartition("/")[2]]
        if key not in at.get("properties", {}):
            return False
        at = at["properties"][key]
    return True


def closed(at: Any) -> Iterator[str]:
    """Parts of the schema that have properties and let others through."""
    if isinstance(at, Mapping):
        if "properties" in at and at.get("additionalProperties") is not False:
            yield str(sorted(at["properties"]))
        for value in at.values():
            yield from closed(value)
    elif isinstance(at, list):
        for value in at:
            yield from closed(value)


def test_the_schema_is_closed_and_knows_each_value() -> None:
    assert list(closed(SCHEMA)) == []
    assert [path for path in leaves(VALUES) if not described(path)] == []


def test_each_value_is_used() -> None:
    source = "".join(TEMPLATES.values())
    names = {path[-1] for path in leaves(VALUES) if path[0] != "consumers"} - {"cpu", "memory"}
    assert [name for name in sorted(names) if not re.search(rf'[."]{name}\b', source)] == []


def test_each_value_that_templates_read_is_in_the_schema() -> None:
    for path, text in TEMPLATES.items():
        for found in re.findall(r"(?:\$v|\.Values|\$root\.Values)((?:\.[a-z][A-Za-z]*)+)", text):
            assert described(tuple(found.strip(".").split("."))), f"{Path(path).name}: {found}"
