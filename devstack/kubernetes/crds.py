"""What operators say of their objects: the schemas in an archive of custom resource definitions.

`TODO_DEVSTACK_CRDS` names the archive (tar.gz), which holds the projects' own files; it is no part of this repository.
An API server drops what a schema does not know, without a word: here an unknown field is a mistake.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

from devstack.errors import MissingTool
from devstack.kubernetes.pods import KubernetesObject, object_title

Schemas = Mapping[tuple[str, str], Mapping[str, Any]]
VARIABLE: Final = "TODO_DEVSTACK_CRDS"
_KIND = re.compile(r"^ +kind: (\w+)$", re.MULTILINE)


class _PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # one of two classes
    """Reads `=` as text, which YAML 1.1 gives a meaning that nobody implements; Prometheus' files have it."""


_PlainLoader.yaml_implicit_resolvers = {
    first: found for first, found in _PlainLoader.yaml_implicit_resolvers.items() if first != "="
}


def archive() -> Path:
    """Return the archive. Raises MissingTool when none is named, FileNotFoundError when it is not there."""
    named = os.environ.get(VARIABLE)
    if not named:
        raise MissingTool(
            "chart",
            reason=f"{VARIABLE} names no archive of custom resource definitions",
            mend=f"{VARIABLE}=crds.tar.gz with the files of Strimzi, Dapr, KEDA, Gateway API, Prometheus operator",
        )
    return Path(named).resolve(strict=True)


def read_schemas(path: Path, kinds: Sequence[str]) -> Schemas:
    """Return the schemas of these kinds in the archive, by apiVersion and kind."""
    return {
        (f"{definition['spec']['group']}/{version['name']}", definition["spec"]["names"]["kind"]): _closed(
            version["schema"]["openAPIV3Schema"]
        )
        for text in _texts(path)
        if not set(kinds).isdisjoint(_KIND.findall(text))
        for definition in yaml.load_all(text, Loader=_PlainLoader)
        if definition and definition["kind"] == "CustomResourceDefinition"
        for version in definition["spec"]["versions"]
    }


def _texts(path: Path) -> Iterator[str]:
    with tarfile.open(path) as members:
        for member in members:
            content = members.extractfile(member) if member.name.endswith(".yaml") else None
            if content is not None:
                yield content.read().decode()


def _closed(schema: Any, *, top: bool = True) -> Any:
    """Return a schema that lets no unknown field through, in the words of JSON Schema."""
    if not isinstance(schema, Mapping):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {key: value for key, value in schema.items() if key not in ("default", "description")}
    for key in ("items", "additionalProperties"):
        if key in schema:
            closed[key] = _closed(schema[key], top=False)
    if "properties" in schema:
        closed["properties"] = {name: _closed(each, top=False) for name, each in schema["properties"].items()}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in schema and not keeps and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    if top:
        closed["properties"] = {**closed["properties"], "metadata": {"type": "object"}}
    if schema.get("nullable"):
        closed["type"] = [schema["type"], "null"]
    return closed


def find_unknown(objects: Sequence[KubernetesObject], schemas: Schemas) -> Iterator[str]:
    """Yield one sentence for each place where an object is not as its schema says; kinds without a schema pass."""
    for each in objects:
        schema = schemas.get((each["apiVersion"], each["kind"]))
        if schema is not None:
            for error in jsonschema.Draft7Validator(schema).iter_errors(each):
                place = ".".join(map(str, error.absolute_path))
                yield f"{object_title(each)}: {place}: {error.message[:300]}"
