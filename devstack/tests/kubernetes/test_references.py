"""Each mistake that neither Helm nor an API server finds is found here: planted, one at a time, into a good release."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from devstack.kubernetes.chart import Rendered
from devstack.kubernetes.references import CHECKS, find_mistakes

Objects = list[dict[str, Any]]
Mistake = Callable[[Objects], object]


def one(objects: Objects, kind: str, end: str) -> dict[str, Any]:
    """The object of this kind whose name ends so."""
    [found] = [each for each in objects if each["kind"] == kind and each["metadata"]["name"].endswith(end)]
    return found


def pod(objects: Objects, end: str) -> dict[str, Any]:
    found: dict[str, Any] = one(objects, "Deployment", end)["spec"]["template"]
    return found


def container(objects: Objects, end: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(objects, end)["spec"]["containers"][0]
    return found


def policies_without_names(objects: Objects) -> None:
    objects.remove(one(objects, "NetworkPolicy", "-names"))


MISTAKES: Mapping[str, tuple[str, Mistake, str]] = {
    "a Service of no pod": (
        "ci/kafka-full",
        lambda objects: one(objects, "Service", "-web")["spec"]["selector"].update(tier="web"),
        "Service/todo-web selects no pod.",
    ),
    "a Service to another port": (
        "ci/kafka-full",
        lambda objects: one(objects, "Service", "-web")["spec"]["ports"][0].update(targetPort="https"),
        "Service/todo-web leads to port https",
    ),
    "a probe of another port": (
        "ci/kafka-full",
        lambda objects: container(objects, "-relay")["livenessProbe"]["httpGet"].update(port="http"),
        "a probe of relay asks port http",
    ),
    "nobody asks": (
        "ci/kafka-full",
        lambda objects: container(objects, "-relay").pop("readinessProbe"),
        "nobody asks whether relay is ready",
    ),
    "a variable twice": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["env"].append({"name": "TODO_ROUTES", "value": "all"}),
        "web says TODO_ROUTES twice",
    ),
    "a ConfigMap of nobody": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["envFrom"][0]["configMapRef"].update(name="other"),
        "reads the ConfigMap other",
    ),
    "a key of no Secret": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["env"].append(
            {"name": "TODO_X", "valueFrom": {"secretKeyRef": {"name": "todo", "key": "SECRET_KEY"}}}
        ),
        "reads the key SECRET_KEY",
    ),
    "a mount of nothing": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["volumeMounts"].append(
            {"name": "data", "mountPath": "/data"}
        ),
        "mounts what is no volume: ['data']",
    ),
    "a volume for nobody": (
        "ci/kafka-full",
        lambda objects: pod(objects, "-web")["spec"]["volumes"].append({"name": "data", "emptyDir": {}}),
        "has volumes that nobody mounts: ['data']",
    ),
    "a scaler of nothing": (
        "ci/kafka-full",
        lambda objects: one(objects, "ScaledObject", "-relay")["spec"]["scaleTargetRef"].update(
            name="todo-relays"
        ),
        "scales todo-relays, which does not exist",
    ),
    "two scalers": (
        "ci/kafka-full",
        lambda objects: one(objects, "ScaledObject", "-relay")["spec"]["scaleTargetRef"].update(
            name="todo-web"
        ),
        "Deployment/todo-web has 2 scalers",
    ),
    "a number beside a scaler": (
        "ci/kafka-full",
        lambda objects: one(objects, "Deployment", "-web")["spec"].update(replicas=2),
        "Deployment/todo-web says replicas",
    ),
    "a trigger that KEDA does not have": (
        "ci/kafka-full",
        lambda objects: one(objects, "ScaledObject", "-relay")["spec"]["triggers"][0].update(
            type="metric-api"
        ),
        "has a trigger of the type metric-api",
    ),
    "a budget of no pod": (
        "ci/kafka-full",
        lambda objects: one(objects, "PodDisruptionBudget", "-web")["spec"]["selector"]["matchLabels"].update(
            a="b"
        ),
        "PodDisruptionBudget/todo-web selects no pod",
    ),
    "a selector that changes with each release": (
        "ci/kafka-full",
        lambda objects: (
            one(objects, "Deployment", "-web")["spec"]["selector"]["matchLabels"].update(version="1"),
            pod(objects, "-web")["metadata"]["labels"].update(version="1"),
        ),
        "an upgrade cannot change that",
    ),
    "a policy for a port of nobody": (
        "ci/kafka-full",
        lambda objects: one(objects, "NetworkPolicy", "-edge")["spec"]["ingress"][0]["ports"][0].update(
            port="https"
        ),
        "names port https",
    ),
    "nobody may ask for names": ("ci/kafka-full", policies_without_names, "nobody may ask for names"),
    "killed while it waits": (
        "ci/kafka-full",
        lambda objects: pod(objects, "-web")["spec"].update(terminationGracePeriodSeconds=10),
        "SIGKILL after 10 s, SIGTERM after 10 s",
    ),
    "a Job with a sidecar": (
        "ci/dapr-kafka",
        lambda objects: next(each for each in objects if each["kind"] == "Job")["spec"]["template"][
            "metadata"
        ]["annotations"].pop("dapr.io/enabled"),
        "may get a sidecar, and would never end",
    ),
    "a Configuration of nobody": (
        "ci/dapr-kafka",
        lambda objects: pod(objects, "-web")["metadata"]["annotations"].update({"dapr.io/config": "web"}),
        "has the Configuration web",
    ),
    "an app id of two": (
        "ci/dapr-kafka",
        lambda objects: pod(objects, "-web")["metadata"]["annotations"].update(
            {"dapr.io/app-id": "todo-relay"}
        ),
        "2 roles have the app id todo-relay",
    ),
    "a type that Dapr does not have": (
        "ci/dapr-kafka",
        lambda objects: one(objects, "Component", "pubsub")["spec"].update(type="pubsub.kafkaa"),
        "has the type pubsub.kafkaa",
    ),
    "a component for everybody": (
        "ci/dapr-kafka",
        lambda objects: one(objects, "Component", "pubsub").pop("scopes"),
        "Component/pubsub has no scopes",
    ),
    "a subscription beside that of the code": (
        "ci/dapr-kafka",
        lambda objects: objects.append({"kind": "Subscription", "metadata": {"name": "again"}}),
        "events would come twice",
    ),
    "a name that is too long": (
        "ci/kafka-full",
        lambda objects: one(objects, "CronJob", "-backup")["metadata"].update(name="b" * 53),
        "has more than 52 characters",
    ),
    "an object twice": (
        "ci/kafka-full",
        lambda objects: objects.append(deepcopy(one(objects, "ConfigMap", "todo"))),
        "ConfigMap/todo is there 2 times",
    ),
    "a pod that may be root": (
        "ci/kafka-full",
        lambda objects: pod(objects, "-web")["spec"]["securityContext"].update(runAsNonRoot=False),
        "may run as root",
    ),
    "a container that may write": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["securityContext"].update(readOnlyRootFilesystem=False),
        "web has more rights than it needs",
    ),
    "a container that says no needs": (
        "ci/kafka-full",
        lambda objects: container(objects, "-web")["resources"].pop("requests"),
        "web does not say what it needs",
    ),
    "an account of nobody": (
        "ci/kafka-full",
        lambda objects: pod(objects, "-web")["spec"].update(serviceAccountName="default"),
        "has the ServiceAccount default",
    ),
    "a token without a Role": (
        "ci/kafka-full",
        lambda objects: pod(objects, "-web")["spec"].update(automountServiceAccountToken=True),
        "has a token without a Role",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(name: str, rendered: Mapping[str, Rendered]) -> None:
    scenario, plant, words = MISTAKES[name]
    objects = deepcopy(list(rendered[scenario].objects))
    plant(objects)
    found = find_mistakes(objects)
    assert [sentence for sentence in found if words in sentence] != [], found


def test_each_check_has_a_mistake_that_it_finds(rendered: Mapping[str, Rendered]) -> None:
    finds = set()
    for scenario, plant, words in MISTAKES.values():
        objects = deepcopy(list(rendered[scenario].objects))
        plant(objects)
        finds |= {check for check in CHECKS if any(words in sentence for sentence in check(objects))}
    assert finds == set(CHECKS)
