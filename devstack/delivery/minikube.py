"""The whole platform in minikube, by one command that may be repeated: `helm/minikube`.

It starts a minikube of its own, builds the image in it, installs Envoy Gateway, Dapr and Strimzi, makes the Secrets
once, installs the chart, runs its test, and says how to open it. `--delete` removes that minikube with all in it.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from devstack.delivery.operator_charts import (
    DAPR_CHART,
    ENVOY_GATEWAY_CHART,
    GATEWAY_CLASS,
    KEDA_CHART,
    STRIMZI_CHART,
    OperatorChart,
)
from devstack.delivery.programs import (
    HELM,
    KUBECTL,
    MINIKUBE,
    DeliveryError,
    ProgramFailed,
    ProgramMissing,
    run_program,
)
from devstack.delivery.unready import describe_unready

_OK, _FAILED, _USAGE = 0, 1, 2
_REPOSITORY: Final = Path(__file__).resolve().parent.parent.parent
_CHART: Final = _REPOSITORY / "helm" / "todo"
_OLDEST_KUBERNETES: Final = (1, 33)
_NAMESPACE, _RELEASE, _HOST, _PORT = "todo", "todo", "todo.localhost", 8080
_WAITS: Final = ("--wait", "--timeout", "5m")
_COMMIT: Final = ("git", "-C", str(_REPOSITORY), "describe", "--always", "--dirty", "--exclude", "*")
_CHANGES: Final = ("git", "-C", str(_REPOSITORY), "diff", "--binary", "HEAD")
_RELAY_SCALED: Final = ("keda.enabled=true", "roles.relay.autoscaling.enabled=true")
# Behind Dapr a topic has one partition: one pod for a consumer.
_SCALED: Final = {"dapr": _RELAY_SCALED, "kafka": (*_RELAY_SCALED, "consumers.all.autoscaling.enabled=true")}


@dataclass(frozen=True)
class MinikubeInstallation:
    """One installation in the minikube called `profile`; every step may be repeated."""

    profile: str = "todo"
    transport: str = "dapr"
    image: str = ""
    keda: bool = False
    cluster: str = ""

    @property
    def context(self) -> str:
        """What kubectl and Helm call the cluster."""
        return self.cluster or self.profile

    def install(self) -> None:
        """Take every step. Raises DeliveryError."""
        for program in (KUBECTL, HELM) if self.cluster else (MINIKUBE, KUBECTL, HELM):
            program.require()
        if not self.cluster:
            self.start()
        self.require_kubernetes()
        if not self.cluster:
            self.bring_image()
        self.make_namespace()
        for chart in (ENVOY_GATEWAY_CHART, DAPR_CHART, STRIMZI_CHART, *((KEDA_CHART,) if self.keda else ())):
            if chart is not DAPR_CHART or self.transport == "dapr":
                self.install_operator(chart)
        self.apply(GATEWAY_CLASS)
        self.make_secrets()
        self.install_chart()
        _say("helm test")
        run_program(self.helm("test", _RELEASE, "--logs", "--timeout", "5m"), shows=True)

    def delete(self) -> None:
        """Remove the minikube with everything in it; again does nothing. Raises DeliveryError."""
        MINIKUBE.require()
        run_program(["minikube", "delete", "--profile", self.profile], shows=True)

    def start(self) -> None:
        """Start the minikube unless it runs."""
        if self.is_running():
            return
        _say(f"starting minikube {self.profile} (4 processors, 8 GB)")
        size = ("--cpus", "4", "--memory", "8192")
        run_program(["minikube", "start", "--profile", self.profile, *size], shows=True)

    def is_running(self) -> bool:
        """Whether the minikube runs; one that is stopped or was never there does not."""
        argv = ["minikube", "status", "--profile", self.profile, "--output", "json"]
        try:
            told = json.loads(run_program(argv))
        except (ProgramFailed, ValueError):
            return False
        return bool(told.get("APIServer") == "Running")

    def require_kubernetes(self) -> None:
        """Raise DeliveryError when the cluster is older than the chart allows."""
        server = json.loads(run_program(self.kubectl("version", "--output", "json")))["serverVersion"]
        if (int(server["major"]), int("".join(filter(str.isdigit, server["minor"])))) < _OLDEST_KUBERNETES:
            least = ".".join(map(str, _OLDEST_KUBERNETES))
            raise DeliveryError(
                f"Kubernetes is {server['gitVersion']}, and the chart needs {least}: "
                f"`helm/minikube --delete`, update minikube, and begin again"
            )

    def bring_image(self) -> None:
        """Build the image in the minikube, or copy the one that was named."""
        if self.image:
            _say(f"copying {self.image}")
            run_program(["minikube", "--profile", self.profile, "image", "load", self.image], shows=True)
        else:
            _say("building the image")
            build = ("minikube", "--profile", self.profile, "image", "build", "--tag", self.image_name)
            run_program([*build, str(_REPOSITORY)], shows=True)

    @cached_property
    def image_name(self) -> str:
        """The image that was named, or that of this commit and its changes: another one starts the pods anew.

        It is looked at once: what is changed while the image is built is not in it.
        """
        if self.image:
            return self.image
        commit = run_program(_COMMIT).strip()
        if commit.endswith("-dirty"):
            commit += f"-{sha256(run_program(_CHANGES).encode()).hexdigest()[:8]}"
        return f"todo:commit-{commit}"

    def make_namespace(self) -> None:
        """Create the namespace unless it exists."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}})

    def install_operator(self, chart: OperatorChart) -> None:
        """Install or upgrade a chart of somebody else, and wait until it is ready."""
        _say(f"{chart.release} {chart.version}")
        said = [part for setting in chart.settings for part in ("--set", setting)]
        where = ("--namespace", chart.namespace, "--create-namespace", "--kube-context", self.context)
        argv = ["helm", "upgrade", "--install", chart.release, *chart.source, "--version", chart.version]
        self.wait_for([*argv, *where, *said, *_WAITS], chart.namespace)

    def make_secrets(self) -> None:
        """Make what nobody must know, once: a second run keeps what is there."""
        digits = secrets.token_hex
        keys = {
            "TODO_SECRET_KEY": digits(32),
            "TODO_AUDIT_KEYS": f"1:{digits(32)}",
            "TODO_DATABASE_PASSWORD": digits(16),
            "TODO_REDIS_PASSWORD": digits(16),
        }
        wanted = {
            "todo": keys,
            "todo-dapr-api": {"token": digits(32)},
            "todo-dapr-app": {"token": digits(32)},
        }
        for name, data in wanted.items():
            if not run_program(self.kubectl("get", "secret", name, "--ignore-not-found", "--output", "name")):
                secret = {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": name},
                    "stringData": data,
                }
                run_program(self.kubectl("create", "--filename", "-"), given=json.dumps(secret))

    def install_chart(self) -> None:
        """Install or upgrade the platform, and wait until every role is ready."""
        _say(f"the platform, over {self.transport}")
        said = [part for setting in self.settings() for part in ("--set", setting)]
        overlay = str(_CHART / "clouds" / "values-minikube.yaml")
        argv = self.helm("upgrade", "--install", _RELEASE, str(_CHART), "--values", overlay, *said)
        self.wait_for([*argv, "--wait-for-jobs", *_WAITS], _NAMESPACE)

    def settings(self) -> list[str]:
        """Return what this installation says beside `values-minikube.yaml`."""
        repository, _, tag = self.image_name.rpartition(":")
        said = [f"host={_HOST}", "secret.name=todo", f"image.repository={repository}", f"image.tag={tag}"]
        said += [f"image.allowedRegistries={{{repository},docker.io/library}}"] if self.image else []
        said += [] if self.transport == "dapr" else ["transport=kafka", "dapr.secretStore.atStart=false"]
        return [*said, *(_SCALED[self.transport] if self.keda else ())]

    def wait_for(self, argv: Sequence[str], namespace: str) -> None:
        """Run a command that waits for pods; when it fails, say which pod does not get ready, and why."""
        try:
            run_program(argv)
        except ProgramFailed as failed:
            kubectl = ["kubectl", "--context", self.context, "--namespace", namespace]
            told, again = describe_unready(kubectl), "When it only was slow, run the same again: it goes on"
            if "another operation" in failed.said:
                where = f"--namespace {namespace} --kube-context {self.context}"
                again = (
                    f"Somebody installs it just now, or a run was killed: helm uninstall {argv[3]} {where}"
                )
            raise DeliveryError(f"{failed}\n{told}\n{again}") from None

    def apply(self, each: dict[str, Any]) -> None:
        """Create an object that has no secrets, or make it what it should be."""
        run_program(self.kubectl("apply", "--filename", "-"), given=json.dumps(each))

    def kubectl(self, *arguments: str) -> list[str]:
        """Return a command line of kubectl in our namespace of this minikube."""
        return ["kubectl", "--context", self.context, "--namespace", _NAMESPACE, *arguments]

    def helm(self, *arguments: str) -> list[str]:
        """Return a command line of Helm in our namespace of this minikube."""
        return ["helm", *arguments, "--namespace", _NAMESPACE, "--kube-context", self.context]

    def describe_next(self) -> str:
        """Return what to do now, as commands to copy."""
        inside = f"kubectl --context {self.context} --namespace"
        owned = f"gateway.envoyproxy.io/owning-gateway-name={_RELEASE}"
        gateway = f"{inside} envoy-gateway-system get service --selector {owned} --output name"
        return f"""
Make yourself an account:
    {inside} {_NAMESPACE} exec -it deployment/{_RELEASE}-web -- python manage.py createsuperuser
Open the way in, and leave it open:
    {inside} envoy-gateway-system port-forward "$({gateway})" {_PORT}:80
Then http://{_HOST}:{_PORT}/ is the page. Use it as a person does, with your account in SMOKE_USER and SMOKE_PASSWORD:
    python3 devstack/smoke.py http://{_HOST}:{_PORT} --connect 127.0.0.1:{_PORT}
Remove everything:
    {self.how_to_delete()}
"""

    def how_to_delete(self) -> str:
        """Return the command that removes what was installed."""
        if self.cluster:
            return f"kubectl --context {self.context} delete namespace {_NAMESPACE}"
        return f"helm/minikube --delete{'' if self.profile == 'todo' else f' --profile {self.profile}'}"


def _say(what: str) -> None:
    print(f"{what} …", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, install or delete, say what to do next, return the exit code."""
    parser = _parser()
    options = vars(parser.parse_args(arguments))
    if options["cluster"] and not options["image"]:
        parser.error("--cluster needs --image: nothing is built there")
    deletes = options.pop("delete")
    if deletes and options["cluster"]:
        parser.error("--delete removes a minikube, never a cluster that runs already")
    installation = MinikubeInstallation(**options | {"image": options["image"] or ""})
    try:
        if deletes:
            installation.delete()
            return _OK
        installation.install()
    except DeliveryError as error:
        print(f"minikube: {error}.", file=sys.stderr)
        return _USAGE if isinstance(error, ProgramMissing) else _FAILED
    print(installation.describe_next())
    return _OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helm/minikube",
        description=__doc__,
        epilog="exit codes: 0 it runs, 1 a step failed, 2 usage or a program is missing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--delete", action="store_true", help="remove the minikube with everything in it")
    parser.add_argument("--profile", default="todo", help="the name of the minikube; default todo")
    parser.add_argument("--transport", choices=["dapr", "kafka"], default="dapr")
    parser.add_argument("--image", type=_image, metavar="NAME:TAG", help="instead of building it")
    parser.add_argument(
        "--keda", action="store_true", help="scale relay and consumers by what they are behind"
    )
    parser.add_argument(
        "--cluster",
        default="",
        metavar="CONTEXT",
        help="a cluster that runs already, by the name of kubectl; with --image, which its nodes have",
    )
    return parser


def _image(text: str) -> str:
    repository, _, tag = text.rpartition(":")
    if not repository or "/" in tag or tag == "latest":
        raise argparse.ArgumentTypeError(f"{text!r} has no tag such as todo:0.1.0; latest is no version")
    return text
