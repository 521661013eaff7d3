"""The chart and its scenarios: values for each cloud, and those that the tests add, rendered once for each process."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from devstack.errors import DevstackError, MissingTool
from devstack.paths import REPOSITORY

CHART = REPOSITORY / "helm" / "todo"
ChartValues = Mapping[str, Any]
# What nobody can guess, for overlays that leave it to the people who install them.
NEEDED: ChartValues = {"host": "todo.example", "trustedProxies": 1, "secret": {"name": "todo"}}
# What a cloud's file leaves open as well: where the services are.
_OPEN: ChartValues = {"database": {"host": "db.example"}, "redis": {"host": "redis.example"}}
_RENDER_SECONDS = 60


@dataclass(frozen=True)
class Rendered:
    """What Helm made of one release: objects without those that are empty, the notes, or why it refused."""

    objects: tuple[dict[str, Any], ...] = ()
    notes: str = ""
    error: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the objects of these kinds, in the order of the templates."""
        return [each for each in self.objects if each["kind"] in kinds]


@dataclass(frozen=True)
class Release:
    """One installation: its name, its namespace, and the values that its people say."""

    values: ChartValues
    name: str = "todo"
    namespace: str = "apps"


def merge_values(*parts: ChartValues) -> dict[str, Any]:
    """Return the values as Helm merges several files: maps are merged, everything else is replaced by the later."""
    merged: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            before = merged.get(key)
            both_maps = isinstance(before, Mapping) and isinstance(value, Mapping)
            merged[key] = merge_values(before or {}, value) if both_maps else value
    return merged


def scenarios() -> dict[str, Release]:
    """Return the releases that must render, by name: `ci/…` as they are, `clouds/…` with what they leave open."""
    found = {
        f"ci/{path.stem.removesuffix('-values')}": Release(yaml.safe_load(path.read_text()))
        for path in sorted((CHART / "ci").glob("*-values.yaml"))
    }
    for path in sorted((CHART / "clouds").glob("values-*.yaml")):
        said = yaml.safe_load(path.read_text())
        found[f"clouds/{path.stem.removeprefix('values-')}"] = Release(merge_values(NEEDED, _OPEN, said))
    return found


@cache
def rendered_scenarios() -> Mapping[str, Rendered]:
    """Return each scenario as Helm renders it; the first call takes about a second. Raises MissingTool."""
    wanted = scenarios()
    return dict(zip(wanted, render(tuple(wanted.values())), strict=True))


def render(releases: Sequence[Release], *, chart: Path = CHART) -> list[Rendered]:
    """Render all releases in one process, in their order; a refusal is an answer as well.

    Raises MissingTool without Helm's library, DevstackError when the chart cannot be loaded at all.
    """
    require_helm()
    asked = [{"name": each.name, "namespace": each.namespace, "values": each.values} for each in releases]
    done = subprocess.run(
        [sys.executable, "-m", "devstack.kubernetes.renderer", str(chart)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        timeout=_RENDER_SECONDS,
    )
    if done.returncode != 0:
        raise DevstackError(f"Helm could not load {chart}: {done.stderr.strip()[-500:]}")
    return [_rendered(each) for each in json.loads(done.stdout)]


def require_helm() -> None:
    """Raise MissingTool where Helm's library is not installed: it comes with the packages of development."""
    if importlib.util.find_spec("helm_python") is None:
        raise MissingTool(
            "chart",
            reason="helm_python is not installed",
            mend="python devstack/bootstrap.py --dev",
        )


def _rendered(answer: Mapping[str, Any]) -> Rendered:
    if "error" in answer:
        return Rendered(error=answer["error"])
    texts: dict[str, str] = answer["files"]
    notes = [text for path, text in texts.items() if path.endswith("NOTES.txt")]
    manifests = {path: text for path, text in sorted(texts.items()) if path.endswith(".yaml")}
    objects = (each for text in manifests.values() for each in yaml.load_all(text, Loader=_Loader) if each)
    return Rendered(tuple(objects), notes="".join(notes), texts=manifests)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # one of two classes
    """A safe loader that refuses a key that is said twice, as an API server does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping. Raises DevstackError for a key that is said twice."""
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            twice = {key for key in keys if keys.count(key) > 1}
            raise DevstackError(f"a key is said twice in line {node.start_mark.line + 1}: {', '.join(twice)}")
        return dict(super().construct_mapping(node, deep=deep))
