"""Sign in to a cluster from GitHub Actions without a stored password: OpenID Connect, and a kubeconfig of one user.

    helm/sign-in azure    AZURE_CLIENT_ID, AZURE_TENANT_ID, CLUSTER_GROUP, CLUSTER_NAME   (AKS)
    helm/sign-in google   GOOGLE_PROVIDER, GOOGLE_ACCOUNT, CLUSTER_PROJECT, CLUSTER_LOCATION, CLUSTER_NAME   (GKE)
    helm/sign-in issuer   CLUSTER_SERVER, CLUSTER_CA, CLUSTER_AUDIENCE   (the API server trusts GitHub)

It writes the kubeconfig into RUNNER_TEMP, and KUBECONFIG into GITHUB_ENV for the steps that follow. With `issuer` each
call of the API server gets a token of minutes: `helm/sign-in token AUDIENCE` prints it as an ExecCredential.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from devstack.delivery.programs import DeliveryError, run_program

_OK, _FAILED, _USAGE = 0, 1, 2
_AZURE_AUDIENCE: Final = "api://AzureADTokenExchange"
# The application that every AKS cluster with Entra ID is known as.
_AKS_RESOURCE: Final = "6dae42f8-4368-4678-94ff-3960e28e3630"
_CREDENTIAL: Final = "client.authentication.k8s.io/v1"
# A call that is under way when its token ends is refused, and Helm's waiting with it.
_MARGIN_SECONDS: Final = 30


def setting(name: str) -> str:
    """Return a variable of the environment. Raises DeliveryError when it is empty."""
    value = os.environ.get(name, "")
    if not value:
        raise DeliveryError(f"{name} is not set: it belongs to the environment of the deployment")
    return value


def github_token(audience: str) -> str:
    """Return a token that says which workflow of which repository asks. Raises DeliveryError."""
    try:
        url, bearer = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    except KeyError:
        raise DeliveryError("GitHub gives no token: the job needs the permission `id-token: write`") from None
    request = urllib.request.Request(f"{url}&audience={quote(audience)}")  # noqa: S310 -- the runner says where
    request.add_header("Authorization", f"Bearer {bearer}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            token: str = json.load(answer)["value"]
    except (OSError, ValueError, KeyError) as error:
        raise DeliveryError(f"GitHub gave no token: {error}") from None
    return token


def credential_status(token: str) -> dict[str, str]:
    """Return the status of an ExecCredential: a token, and when to ask for the next (RFC 7519, section 4.1.4).

    Without that time client-go keeps the first token until a call is refused, which fails: Helm waits longer than the
    minutes of a token.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        ends_at = datetime.fromtimestamp(int(claims["exp"]) - _MARGIN_SECONDS, UTC)
    except (IndexError, ValueError, KeyError, TypeError):  # not one of GitHub's
        return {"token": token}
    return {"token": token, "expirationTimestamp": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}"}


def azure() -> dict[str, Any]:
    """Return the kubeconfig for AKS, as the workload identity of this environment."""
    login = ("az", "login", "--service-principal", "--output", "none")
    who = ("--username", setting("AZURE_CLIENT_ID"), "--tenant", setting("AZURE_TENANT_ID"))
    run_program([*login, *who, "--federated-token", github_token(_AZURE_AUDIENCE)])
    path = Path(setting("RUNNER_TEMP")) / "aks.json"
    where = ("--resource-group", setting("CLUSTER_GROUP"), "--name", setting("CLUSTER_NAME"))
    run_program(["az", "aks", "get-credentials", *where, "--file", str(path), "--overwrite-existing"])
    shown = run_program(
        ["kubectl", "config", "view", "--kubeconfig", str(path), "--raw", "--flatten", "--output", "json"]
    )
    path.unlink(missing_ok=True)
    cluster = json.loads(shown)["clusters"][0]["cluster"]
    asked = ("az", "account", "get-access-token", "--resource", _AKS_RESOURCE, "--output", "json")
    return kubeconfig(cluster, {"token": json.loads(run_program(asked))["accessToken"]})


def google() -> dict[str, Any]:
    """Return the kubeconfig for GKE, as the service account that this environment may be."""
    token = Path(setting("RUNNER_TEMP")) / "github-token"
    login = Path(setting("RUNNER_TEMP")) / "google.json"
    _write_private(token, github_token(f"//iam.googleapis.com/{setting('GOOGLE_PROVIDER')}"))
    made = ("gcloud", "iam", "workload-identity-pools", "create-cred-config", setting("GOOGLE_PROVIDER"))
    who = ("--service-account", setting("GOOGLE_ACCOUNT"), "--credential-source-file", str(token))
    run_program([*made, *who, "--output-file", str(login)])
    run_program(["gcloud", "auth", "login", "--cred-file", str(login), "--quiet"])
    where = ("--project", setting("CLUSTER_PROJECT"), "--location", setting("CLUSTER_LOCATION"))
    argv = (
        "gcloud",
        "container",
        "clusters",
        "describe",
        setting("CLUSTER_NAME"),
        *where,
        "--format",
        "json",
    )
    told = json.loads(run_program(argv))
    cluster = {
        "server": f"https://{told['endpoint']}",
        "certificate-authority-data": told["masterAuth"]["clusterCaCertificate"],
    }
    return kubeconfig(cluster, {"token": run_program(["gcloud", "auth", "print-access-token"]).strip()})


def issuer() -> dict[str, Any]:
    """Return the kubeconfig for an API server that trusts GitHub's issuer; each call asks for a token of its own."""
    authority = base64.b64encode(setting("CLUSTER_CA").encode()).decode()
    cluster = {"server": setting("CLUSTER_SERVER"), "certificate-authority-data": authority}
    program = {
        "apiVersion": _CREDENTIAL,
        "command": sys.executable,
        "args": [
            str(Path(__file__).resolve().parents[2] / "helm" / "sign-in"),
            "token",
            setting("CLUSTER_AUDIENCE"),
        ],
        "interactiveMode": "Never",
    }
    return kubeconfig(cluster, {"exec": program})


def kubeconfig(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kubeconfig of one cluster and user: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "deploy",
        "clusters": [{"name": "deploy", "cluster": dict(cluster)}],
        "users": [{"name": "deploy", "user": dict(user)}],
        "contexts": [{"name": "deploy", "context": {"cluster": "deploy", "user": "deploy"}}],
    }


WAYS_IN: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "azure": azure,
    "google": google,
    "issuer": issuer,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Sign in, or print one token; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if len(given) == 2 and given[0] == "token":
            status = credential_status(github_token(given[1]))
            print(json.dumps({"apiVersion": _CREDENTIAL, "kind": "ExecCredential", "status": status}))
        elif len(given) == 1 and given[0] in WAYS_IN:
            path = Path(setting("RUNNER_TEMP")) / "kubeconfig"
            _write_private(path, json.dumps(WAYS_IN[given[0]]()))
            with Path(setting("GITHUB_ENV")).open("a") as variables:
                variables.write(f"KUBECONFIG={path}\n")
        else:
            print(__doc__, file=sys.stderr)
            return _USAGE
    except DeliveryError as error:
        print(f"sign-in: {error}.", file=sys.stderr)
        return _FAILED
    return _OK


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
