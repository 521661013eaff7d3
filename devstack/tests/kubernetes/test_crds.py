"""The objects of operators are as these operators say, where an archive of their definitions is at hand."""

from collections.abc import Mapping
from copy import deepcopy

import pytest

from devstack.errors import MissingTool
from devstack.kubernetes import crds
from devstack.kubernetes.chart import Rendered

# Of projects that the archive does not hold.
ELSEWHERE = {"external-secrets.io/v1", "gateway.envoyproxy.io/v1alpha1"}


@pytest.fixture(scope="session")
def schemas(rendered: Mapping[str, Rendered]) -> crds.Schemas:
    """The schemas of every kind in the scenarios, read once."""
    try:
        path = crds.archive()
    except MissingTool as missing:
        pytest.skip(str(missing))
    kinds = sorted({each["kind"] for answer in rendered.values() for each in answer.objects})
    return crds.read_schemas(path, kinds)


def test_every_object_is_as_its_operator_says(
    schemas: crds.Schemas, rendered: Mapping[str, Rendered]
) -> None:
    found = {name: list(crds.find_unknown(answer.objects, schemas)) for name, answer in rendered.items()}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}


def test_every_foreign_object_was_compared(schemas: crds.Schemas, rendered: Mapping[str, Rendered]) -> None:
    foreign = {
        (each["apiVersion"], each["kind"])
        for answer in rendered.values()
        for each in answer.objects
        if (
            "." in each["apiVersion"].split("/")[0]
            and not each["apiVersion"].split("/")[0].endswith(".k8s.io")
        )
        or each["apiVersion"].startswith("gateway.networking.k8s.io/")
    }
    assert len(foreign) >= 10
    assert {each for each in foreign if each not in schemas and each[0] not in ELSEWHERE} == set()


def test_a_field_that_nobody_knows_is_found(schemas: crds.Schemas, rendered: Mapping[str, Rendered]) -> None:
    answer = rendered["ci/kafka-full"]
    objects = deepcopy([answer.of_kind("KafkaTopic")[0], answer.of_kind("ScaledObject")[0]])
    objects[0]["spec"]["replica"] = 1
    objects[1]["spec"]["maxReplicaCount"] = "10"
    found = "\n".join(crds.find_unknown(objects, schemas))
    assert "'replica' was unexpected" in found
    assert "maxReplicaCount: '10' is not of type 'integer'" in found
