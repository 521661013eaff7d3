"""`helm/minikube`: the calls of a first and of a second run, each step failing, and what it hands to the chart."""

import re

import pytest
import yaml

from devstack.delivery.minikube import MinikubeInstallation, main
from devstack.kubernetes.chart import CHART, Release, merge_values, render
from devstack.paths import REPOSITORY
from devstack.tests.delivery.recorder import Recorder
from devstack.versions import DAPR_VERSION

SERVER = {"serverVersion": {"major": "1", "minor": "34+", "gitVersion": "v1.34.2"}}
CLUSTER = "--kube-context todo"
IN = f"--namespace todo {CLUSTER}"
KUBECTL = "kubectl --context todo --namespace todo"
OPERATORS = [
    "helm upgrade --install eg oci://docker.io/envoyproxy/gateway-helm --version v1.8.2"
    f" --namespace envoy-gateway-system --create-namespace {CLUSTER} --wait --timeout 5m",
    f"helm upgrade --install dapr dapr --repo https://dapr.github.io/helm-charts/ --version {DAPR_VERSION}"
    f" --namespace dapr-system --create-namespace {CLUSTER} --set global.mtls.enabled=true"
    " --set dapr_sidecar_injector.sidecarDropALLCapabilities=true --wait --timeout 5m",
    "helm upgrade --install strimzi oci://quay.io/strimzi-helm/strimzi-kafka-operator --version 1.2.0"
    f" --namespace todo --create-namespace {CLUSTER} --wait --timeout 5m",
]
APPLY, CREATE = f"{KUBECTL} apply --filename -", f"{KUBECTL} create --filename -"
CHART_INSTALLED = (
    f"helm upgrade --install todo {CHART} --values {CHART}/clouds/values-minikube.yaml --set host=todo.localhost"
    f" --set secret.name=todo --set image.repository=todo --set image.tag=commit-abc1234 {IN}"
    " --wait-for-jobs --wait --timeout 5m"
)
TESTED = f"helm test todo --logs --timeout 5m {IN}"
COMMIT = f"git -C {REPOSITORY} describe --always --dirty --exclude *"


def secret(name: str) -> str:
    return f"{KUBECTL} get secret {name} --ignore-not-found --output name"


FIRST = [
    "minikube status --profile todo --output json",
    "minikube start --profile todo --cpus 4 --memory 8192",
    f"{KUBECTL} version --output json",
    COMMIT,
    f"minikube --profile todo image build --tag todo:commit-abc1234 {REPOSITORY}",
    APPLY,
    *OPERATORS,
    APPLY,
    secret("todo"),
    CREATE,
    secret("todo-dapr-api"),
    CREATE,
    secret("todo-dapr-app"),
    CREATE,
    CHART_INSTALLED,
    TESTED,
]


@pytest.fixture(autouse=True)
def answers(recorder: Recorder) -> None:
    recorder.answers("git ", "abc1234\n")
    recorder.answers("minikube status", "", code=85)
    recorder.answers("todo version --output json", SERVER)


def test_one_command_takes_every_step_and_says_what_to_do(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    assert recorder.calls == FIRST
    said = capsys.readouterr().out
    assert "http://todo.localhost:8080/" in said
    assert "createsuperuser" in said


def test_secrets_go_in_by_standard_input_and_none_is_said_in_a_command(recorder: Recorder) -> None:
    assert main([]) == 0
    made = {
        each["metadata"]["name"]: each["stringData"] for each in recorder.given if each["kind"] == "Secret"
    }
    assert set(made) == {"todo", "todo-dapr-api", "todo-dapr-app"}
    assert set(made["todo"]) == {
        *("TODO_SECRET_KEY", "TODO_AUDIT_KEYS", "TODO_DATABASE_PASSWORD", "TODO_REDIS_PASSWORD")
    }
    values = [value for data in made.values() for value in data.values()]
    assert len(set(values)) == len(values) == 6
    assert not any(value in call for value in values for call in recorder.calls)
    assert re.fullmatch(r"1:[0-9a-f]{64}", made["todo"]["TODO_AUDIT_KEYS"])


def test_a_second_run_keeps_minikube_and_secrets(recorder: Recorder) -> None:
    recorder.answers("minikube status", {"Host": "Running", "APIServer": "Running"})
    recorder.answers("get secret", "secret/todo\n")
    assert main([]) == 0
    assert recorder.calls == [call for call in FIRST if call != CREATE and " start " not in call]
    assert [each["kind"] for each in recorder.given] == ["Namespace", "GatewayClass"]


def test_what_is_not_committed_makes_another_image(recorder: Recorder) -> None:
    recorder.answers("git ", "abc1234-dirty\n")
    names = []
    for changes in ("+ one", "+ two"):
        recorder.answers("diff --binary HEAD", changes)
        names.append(MinikubeInstallation().image_name)
    assert len(set(names)) == 2
    assert all(re.fullmatch("todo:commit-abc1234-dirty-[0-9a-f]{8}", name) for name in names)


def test_what_is_changed_while_the_image_is_built_does_not_name_another(recorder: Recorder) -> None:
    recorder.answers("git ", "abc1234-dirty\n")
    recorder.answers("diff --binary HEAD", "+ one")
    installation = MinikubeInstallation()
    installation.bring_image()
    recorder.answers("diff --binary HEAD", "+ two")
    [built] = [call.split()[6] for call in recorder.calls if "image build" in call]
    assert f"image.tag={built.removeprefix('todo:')}" in installation.settings()


def test_over_kafka_there_is_no_dapr(recorder: Recorder) -> None:
    assert main(["--transport", "kafka"]) == 0
    assert not any("dapr.github.io" in call for call in recorder.calls)
    [installed] = [call for call in recorder.calls if "values-minikube.yaml" in call]
    assert "--set transport=kafka --set dapr.secretStore.atStart=false" in installed


def test_an_image_that_is_named_is_copied_and_not_built(recorder: Recorder) -> None:
    assert main(["--image", "ghcr.io/somebody/todo:0.1.0", "--profile", "other"]) == 0
    assert "minikube --profile other image load ghcr.io/somebody/todo:0.1.0" in recorder.calls
    assert not any("image build" in call for call in recorder.calls)


def test_what_it_hands_to_the_chart_is_accepted(recorder: Recorder) -> None:
    installations = [
        MinikubeInstallation(transport=transport, keda=keda, image=image)
        for transport in ("dapr", "kafka")
        for keda in (False, True)
        for image in ("", "ghcr.io/somebody/todo:0.1.0")
    ]
    overlay = yaml_of("values-minikube.yaml")
    said = [merge_values(overlay, *map(values_of, each.settings())) for each in installations]
    answers = render([Release(values, namespace="todo") for values in said])
    for installation, answer in zip(installations, answers, strict=True):
        assert answer.error == ""
        images = {
            text for text in re.findall(r"image: (\S+)", "".join(answer.texts.values())) if "todo" in text
        }
        assert images == {f'"{installation.image_name}"'}
        assert bool(answer.of_kind("ScaledObject")) is installation.keda


def values_of(setting: str) -> dict[str, object]:
    """What Helm makes of `--set a.b=value`."""
    path, _, text = setting.partition("=")
    value: object = {"true": True, "false": False}.get(text, text)
    if text.startswith("{"):
        value = text.strip("{}").split(",")
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def yaml_of(name: str) -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load((CHART / "clouds" / name).read_text())
    return loaded


@pytest.mark.parametrize(
    "failing", [*dict.fromkeys(call for call in FIRST if call not in (FIRST[0], COMMIT))]
)
def test_a_step_that_fails_ends_it_with_a_sentence(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    recorder.answers("get pods", {"items": []})
    recorder.answers(failing, "it broke", code=7)
    assert main([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("minikube: `")
    assert "ended with 7:\n    it broke" in said
    assert [call for call in recorder.calls if "get pods" not in call][-1] == failing


def test_a_pod_that_does_not_get_ready_is_named(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    pending = {
        "metadata": {"name": "todo-kafka-0"},
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient memory"}
            ],
        },
    }
    recorder.answers("get pods", {"items": [pending]})
    recorder.answers("values-minikube.yaml", "Error: context deadline exceeded", code=1)
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "todo-kafka-0: Pending. 0/1 nodes: Insufficient memory" in said
    assert "run the same again: it goes on" in said


def test_an_old_kubernetes_is_refused_before_anything_is_installed(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    old = {"serverVersion": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}}
    recorder.answers("todo version --output json", old)
    assert main([]) == 1
    assert "Kubernetes is v1.32.0, and the chart needs 1.33" in capsys.readouterr().err
    assert not any(call.startswith("helm") for call in recorder.calls)


@pytest.mark.parametrize("program", ["minikube", "kubectl", "helm"])
def test_a_missing_program_is_said_before_anything_starts(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    recorder.remove(program)
    assert main([]) == 2
    assert f"minikube: {program} is not installed; " in capsys.readouterr().err
    assert recorder.calls == []


def test_delete_removes_the_minikube_alone(recorder: Recorder) -> None:
    assert main(["--delete"]) == 0
    assert recorder.calls == ["minikube delete --profile todo"]


@pytest.mark.parametrize("image", ["todo", "todo:latest", "localhost:5000/todo"])
def test_an_image_without_a_version_is_refused(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--image", image])
    assert refused.value.code == 2
    assert "latest is no version" in capsys.readouterr().err


def test_a_cluster_that_runs_already_is_taken_as_it_is(recorder: Recorder) -> None:
    recorder.remove("minikube")
    assert main(["--cluster", "kind-todo", "--image", "todo:nightly"]) == 0
    assert all("--context kind-todo" in call or "--kube-context kind-todo" in call for call in recorder.calls)
    assert [call for call in recorder.calls if call.startswith("helm test")] == [
        TESTED.replace("context todo", "context kind-todo")
    ]


def test_nothing_is_built_for_a_cluster_that_runs_already(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--cluster", "kind-todo"])
    assert "--cluster needs --image" in capsys.readouterr().err


def test_a_cluster_that_runs_already_is_not_deleted_nor_a_minikube_beside_it(recorder: Recorder) -> None:
    with pytest.raises(SystemExit):
        main(["--delete", "--cluster", "kind-todo", "--image", "todo:nightly"])
    assert recorder.calls == []


def test_what_a_killed_run_left_is_said_with_what_mends_it(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers("get pods", {"items": []})
    recorder.answers(
        "values-minikube.yaml", "Error: another operation (install/upgrade) is in progress", code=1
    )
    assert main([]) == 1
    assert "helm uninstall todo --namespace todo --kube-context todo" in capsys.readouterr().err
