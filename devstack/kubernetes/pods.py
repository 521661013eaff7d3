"""Pods as an API server would make them of rendered objects: templates, containers, environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KubernetesObject = Mapping[str, Any]
_WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True)
class PodTemplate:
    """What pods of an object are made of; `owner` is `Kind/name`."""

    owner: str
    kind: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def component(self) -> str:
        """The role that it runs."""
        return self.labels.get("app.kubernetes.io/component", "")

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """All its containers, those that run before included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def is_ours(self) -> bool:
        """Whether its containers run the platform's image."""
        return self.component not in ("postgresql", "redis")

    @property
    def has_sidecar(self) -> bool:
        """Whether Dapr puts a sidecar into its pods."""
        return self.annotations.get("dapr.io/enabled") == "true"

    def port_names(self) -> set[str]:
        """The names of all ports."""
        return {port["name"] for each in self.containers for port in each.get("ports", ()) if "name" in port}

    def port_numbers(self) -> set[int]:
        """The numbers of all ports."""
        return {port["containerPort"] for each in self.containers for port in each.get("ports", ())}


def object_title(each: KubernetesObject) -> str:
    """Return `Kind/name` of an object."""
    return f"{each['kind']}/{each['metadata']['name']}"


def pod_templates(objects: Sequence[KubernetesObject]) -> list[PodTemplate]:
    """Return the templates of all objects that make pods, and pods that stand for themselves."""
    return [template for each in objects for template in _templates_of(each)]


def _templates_of(each: KubernetesObject) -> Iterator[PodTemplate]:
    if each["kind"] in _WORKLOADS:
        yield _template(each, each["spec"]["template"])
    elif each["kind"] == "CronJob":
        yield _template(each, each["spec"]["jobTemplate"]["spec"]["template"])
    elif each["kind"] == "Pod":
        yield _template(each, each)


def _template(owner: KubernetesObject, template: KubernetesObject) -> PodTemplate:
    metadata = template.get("metadata", {})
    return PodTemplate(
        owner=object_title(owner),
        kind=owner["kind"],
        labels=metadata.get("labels", {}),
        annotations=metadata.get("annotations", {}),
        spec=template["spec"],
    )


def selected_by(selector: Mapping[str, Any], templates: Sequence[PodTemplate]) -> list[PodTemplate]:
    """Return the templates whose pods a label selector matches; one without conditions matches all."""
    return [each for each in templates if matches_selector(selector, each.labels)]


def matches_selector(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a label selector matches these labels; one without conditions matches all."""
    said = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return said and all(_holds(condition, labels) for condition in selector.get("matchExpressions", ()))


def _holds(condition: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(condition["key"]), condition.get("values", ())
    answers = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    return answers[condition["operator"]]
