"""Mistakes between rendered objects, which neither Helm nor an API server finds.

Each check takes all objects of one release and yields one sentence for each mistake; `CHECKS` has them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from devstack.kubernetes.pods import KubernetesObject, PodTemplate, object_title, pod_templates, selected_by
from todo_project.settings.env import secret_names

ReferenceCheck = Callable[[Sequence[KubernetesObject]], Iterator[str]]
PROBE_KINDS: Final = ("startupProbe", "readinessProbe", "livenessProbe")
SELECTOR_KEYS: Final = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}
COMPONENT_TYPES: Final = {
    *("pubsub.kafka", "pubsub.redis", "state.postgresql", "state.redis", "bindings.cron"),
    *("secretstores.kubernetes", "secretstores.local.env"),
}
_TRIGGERS: Final = {"metrics-api"}
_SCALERS: Final = ("HorizontalPodAutoscaler", "ScaledObject")
# Keys that operators choose, besides names of variables.
_FOREIGN_KEYS: Final = {"password", "ca.crt", "token"}
OWN_KEYS: Final = {"TODO_DATABASE_OWNER_PASSWORD"}
LONGEST_NAME, LONGEST_CRON_NAME = 63, 52


def find_mistakes(objects: Sequence[KubernetesObject]) -> list[str]:
    """Return what is wrong between the objects, one sentence each; empty when nothing is."""
    return [sentence for check in CHECKS for sentence in check(objects)]


def check_service_ports(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each Service leads to pods, and to a port that they have."""
    for service in (each for each in objects if each["kind"] == "Service"):
        found = selected_by({"matchLabels": service["spec"]["selector"]}, pod_templates(objects))
        if not found:
            yield f"{object_title(service)} selects no pod."
        for port, template in ((port, each) for port in service["spec"]["ports"] for each in found):
            if port["targetPort"] not in template.port_names() | template.port_numbers():
                yield f"{object_title(service)} leads to port {port['targetPort']}, which {template.owner} lacks."


def check_probes(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each probe asks a port that its container has; each container that goes on running has one for readiness."""
    for template in pod_templates(objects):
        for container in template.containers:
            names = {port.get("name") for port in container.get("ports", ())}
            for probe in (container[kind] for kind in PROBE_KINDS if kind in container):
                asked = (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")
                if asked is not None and asked not in names:
                    yield f"{template.owner}: a probe of {container['name']} asks port {asked}, which it does not have."
            if template.kind in ("Deployment", "StatefulSet") and "readinessProbe" not in container:
                yield f"{template.owner}: nobody asks whether {container['name']} is ready."


def check_environments(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """No variable is said twice in a container, each ConfigMap exists, each key of a Secret is one that we document."""
    maps = {each["metadata"]["name"] for each in objects if each["kind"] == "ConfigMap"}
    keys = {*secret_names(), *OWN_KEYS, *_FOREIGN_KEYS}
    for template in pod_templates(objects):
        for container in template.containers:
            where = f"{template.owner}: {container['name']}"
            names = Counter(each["name"] for each in container.get("env", ()))
            yield from (f"{where} says {name} twice." for name, times in names.items() if times > 1)
            for source in container.get("envFrom", ()):
                if (name := source["configMapRef"]["name"]) not in maps:
                    yield f"{where} reads the ConfigMap {name}, which does not exist."
            for key in _secret_keys(container):
                if key not in keys:
                    yield f"{where} reads the key {key}, which no document names."


def _secret_keys(container: Mapping[str, Any]) -> Iterator[str]:
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference:
            yield reference["key"]


def check_volumes(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each mount has its volume, and each volume is mounted."""
    for template in pod_templates(objects):
        claims = {each["metadata"]["name"] for each in _claims_of(template, objects)}
        volumes = {each["name"] for each in template.spec.get("volumes", ())}
        mounted = {mount["name"] for each in template.containers for mount in each.get("volumeMounts", ())}
        if mounted - volumes - claims:
            yield f"{template.owner} mounts what is no volume: {sorted(mounted - volumes - claims)}."
        if volumes - mounted:
            yield f"{template.owner} has volumes that nobody mounts: {sorted(volumes - mounted)}."


def _claims_of(template: PodTemplate, objects: Sequence[KubernetesObject]) -> list[KubernetesObject]:
    owner = next(each for each in objects if object_title(each) == template.owner)
    return list(owner["spec"].get("volumeClaimTemplates", ()))


def check_scaling(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each scaler has a target, each target one scaler, and then no number of replicas of its own."""
    deployments = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Deployment"}
    targets: Counter[str] = Counter()
    for scaler in (each for each in objects if each["kind"] in _SCALERS):
        name = scaler["spec"]["scaleTargetRef"]["name"]
        targets[name] += 1
        if name not in deployments:
            yield f"{object_title(scaler)} scales {name}, which does not exist."
        elif "replicas" in deployments[name]["spec"]:
            yield f"Deployment/{name} says replicas, but {object_title(scaler)} scales it."
        for trigger in scaler["spec"].get("triggers", ()):
            if trigger["type"] not in _TRIGGERS:
                yield f"{object_title(scaler)} has a trigger of the type {trigger['type']}, which KEDA does not have."
    yield from (f"Deployment/{name} has {times} scalers." for name, times in targets.items() if times > 1)


def check_selectors(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """What selects pods selects some; selectors of workloads are the labels that never change."""
    templates = pod_templates(objects)
    for each in objects:
        selector = _selector_of(each)
        if selector is not None and not selected_by(selector, templates):
            yield f"{object_title(each)} selects no pod."
        if each["kind"] in ("Deployment", "StatefulSet") and set(selector["matchLabels"]) != SELECTOR_KEYS:
            yield f"{object_title(each)} selects by {sorted(selector['matchLabels'])}: an upgrade cannot change that."


def _selector_of(each: KubernetesObject) -> Any:
    if each["kind"] in ("Deployment", "StatefulSet", "PodDisruptionBudget", "PodMonitor", "ServiceMonitor"):
        return each["spec"]["selector"]
    return each["spec"]["podSelector"] if each["kind"] == "NetworkPolicy" else None


def check_policies(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """A policy that names a port names one that its pods have; whoever denies what leaves lets names be asked for."""
    policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
    for policy in policies:
        found = selected_by(policy["spec"]["podSelector"], pod_templates(objects))
        names = {name for each in found for name in each.port_names()}
        for rule in policy["spec"].get("ingress", ()):
            for port in rule.get("ports", ()):
                if isinstance(port["port"], str) and port["port"] not in names:
                    yield f"{object_title(policy)} names port {port['port']}, which its pods do not have."
    denies = any("Egress" in each["spec"]["policyTypes"] for each in policies)
    asks = {
        port["port"]
        for each in policies
        for rule in each["spec"].get("egress", ())
        for port in rule.get("ports", ())
    }
    if denies and 53 not in asks:
        yield "What leaves is denied, and nobody may ask for names (port 53)."


def check_ends(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """SIGKILL comes after what is done before SIGTERM."""
    for template in pod_templates(objects):
        grace = template.spec.get("terminationGracePeriodSeconds", 30)
        for container in template.containers:
            waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if grace <= waits:
                yield f"{template.owner}: SIGKILL after {grace} s, SIGTERM after {waits} s."


def check_sidecars(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """No Job waits for a sidecar that never ends; each sidecar has a Configuration that exists, and an app id alone."""
    configurations = {each["metadata"]["name"] for each in objects if each["kind"] == "Configuration"}
    ids: Counter[str] = Counter()
    for template in pod_templates(objects):
        if (
            template.kind in ("Job", "CronJob", "Pod")
            and template.annotations.get("dapr.io/enabled") != "false"
        ):
            yield f"{template.owner} may get a sidecar, and would never end."
        if template.has_sidecar:
            ids[template.annotations["dapr.io/app-id"]] += 1
            if (name := template.annotations["dapr.io/config"]) not in configurations:
                yield f"{template.owner} has the Configuration {name}, which does not exist."
    yield from (f"{times} roles have the app id {name}." for name, times in ids.items() if times > 1)


def check_components(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Types of components exist, scopes are never empty and name apps of ours, and nobody subscribes twice."""
    for each in objects:
        if each["kind"] == "Subscription":
            yield f"{object_title(each)}: the code subscribes by itself, and events would come twice."
        if each["kind"] == "Component":
            if each["spec"]["type"] not in COMPONENT_TYPES:
                yield f"{object_title(each)} has the type {each['spec']['type']}, which Dapr does not have."
            if not each.get("scopes"):
                yield f"{object_title(each)} has no scopes: each sidecar would load it."


def check_names(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Names are short enough, and none is said twice for a kind."""
    for each in objects:
        most = LONGEST_CRON_NAME if each["kind"] in ("CronJob", "StatefulSet") else LONGEST_NAME
        if len(each["metadata"]["name"]) > most:
            yield f"{object_title(each)} has more than {most} characters."
    times = Counter(map(object_title, objects))
    yield from (f"{title} is there {count} times." for title, count in times.items() if count > 1)


def check_rights(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each container has no more rights than Pod Security's `restricted` leaves, and says what it needs."""
    for template in pod_templates(objects):
        pod = template.spec.get("securityContext", {})
        if not pod.get("runAsNonRoot") or pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{template.owner} may run as root, or without a seccomp profile."
        for container in template.containers:
            own = container.get("securityContext", {})
            wanted = {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            if own != wanted:
                yield f"{template.owner}: {container['name']} has more rights than it needs."
            if set(container.get("resources", {}).get("requests", {})) != {"cpu", "memory"}:
                yield f"{template.owner}: {container['name']} does not say what it needs."


def check_accounts(objects: Sequence[KubernetesObject]) -> Iterator[str]:
    """Each pod has a ServiceAccount that exists, and a token only where a Role of that account says what for."""
    accounts = {each["metadata"]["name"] for each in objects if each["kind"] == "ServiceAccount"}
    bound = {
        subject["name"] for each in objects if each["kind"] == "RoleBinding" for subject in each["subjects"]
    }
    for template in pod_templates(objects):
        name = template.spec.get("serviceAccountName", "default")
        if name not in accounts:
            yield f"{template.owner} has the ServiceAccount {name}, which does not exist."
        if template.spec.get("automountServiceAccountToken") is not (name in bound):
            yield f"{template.owner} has a token without a Role, or a Role without a token."


CHECKS: Final[Sequence[ReferenceCheck]] = (
    check_service_ports,
    check_probes,
    check_environments,
    check_volumes,
    check_scaling,
    check_selectors,
    check_policies,
    check_ends,
    check_sidecars,
    check_components,
    check_names,
    check_rights,
    check_accounts,
)
