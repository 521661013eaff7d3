"""`helm/sign-in`: a token of GitHub becomes a kubeconfig that only its owner reads, in each of three ways."""

import base64
import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from devstack.delivery.sign_in import WAYS_IN, credential_status, main
from devstack.ports import LOOPBACK
from devstack.tests.delivery.recorder import Recorder

BEARER = "of-the-runner"
SETTINGS = {
    "azure": {
        "AZURE_CLIENT_ID": "app",
        "AZURE_TENANT_ID": "tenant",
        "CLUSTER_GROUP": "group",
        "CLUSTER_NAME": "aks",
    },
    "google": {
        "GOOGLE_PROVIDER": "projects/1/locations/global/workloadIdentityPools/p/providers/github",
        "GOOGLE_ACCOUNT": "deploy@project.example",
        "CLUSTER_PROJECT": "project",
        "CLUSTER_LOCATION": "europe-west1",
        "CLUSTER_NAME": "gke",
    },
    "issuer": {
        "CLUSTER_SERVER": "https://10.0.0.1:6443",
        "CLUSTER_CA": "-----BEGIN CERTIFICATE-----",
        "CLUSTER_AUDIENCE": "todo-production",
    },
}
CLUSTER = {"server": "https://aks.example:443", "certificate-authority-data": "Q0E="}


class Issuer(BaseHTTPRequestHandler):
    """GitHub's: the token names the audience."""

    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == f"Bearer {BEARER}"
        [audience] = parse_qs(urlsplit(self.path).query)["audience"]
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"value": f"token for {audience}"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(autouse=True)
def runner(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer((LOOPBACK, 0), Issuer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in {name for settings in SETTINGS.values() for name in settings}:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
        monkeypatch.setenv("GITHUB_ENV", str(tmp_path / "variables"))
        monkeypatch.setenv(
            "ACTIONS_ID_TOKEN_REQUEST_URL", f"http://{LOOPBACK}:{server.server_port}/token?api-version=2.0"
        )
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
        recorder.answers("kubectl config view", {"clusters": [{"cluster": CLUSTER}]})
        recorder.answers("az account get-access-token", {"accessToken": "of-entra"})
        recorder.answers(
            "clusters describe", {"endpoint": "34.0.0.1", "masterAuth": {"clusterCaCertificate": "Q0E="}}
        )
        recorder.answers("print-access-token", "of-google\n")
        yield
        server.shutdown()


def set_all(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS[way].items():
        monkeypatch.setenv(name, value)


def signed_in(way: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    set_all(way, monkeypatch)
    assert main([way]) == 0
    path = folder / "kubeconfig"
    assert (folder / "variables").read_text() == f"KUBECONFIG={path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written: dict[str, Any] = json.loads(path.read_text())
    assert written["current-context"] == "deploy"
    return {"cluster": written["clusters"][0]["cluster"], "user": written["users"][0]["user"]}


def test_azure_gives_a_token_for_the_cluster(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_in("azure", tmp_path, monkeypatch) == {"cluster": CLUSTER, "user": {"token": "of-entra"}}
    login, credentials, _, _ = recorder.calls
    assert login == (
        "az login --service-principal --output none --username app --tenant tenant"
        " --federated-token token for api://AzureADTokenExchange"
    )
    assert credentials.startswith("az aks get-credentials --resource-group group --name aks --file ")


def test_google_gives_a_token_of_the_service_account(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = signed_in("google", tmp_path, monkeypatch)
    assert found == {
        "cluster": {"server": "https://34.0.0.1", "certificate-authority-data": "Q0E="},
        "user": {"token": "of-google"},
    }
    provider = SETTINGS["google"]["GOOGLE_PROVIDER"]
    assert (tmp_path / "github-token").read_text() == f"token for //iam.googleapis.com/{provider}"
    assert [call.split()[:3] for call in recorder.calls] == [
        ["gcloud", "iam", "workload-identity-pools"],
        ["gcloud", "auth", "login"],
        ["gcloud", "container", "clusters"],
        ["gcloud", "auth", "print-access-token"],
    ]


def test_an_api_server_that_trusts_github_gets_a_fresh_token_for_each_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = signed_in("issuer", tmp_path, monkeypatch)
    assert base64.b64decode(found["cluster"]["certificate-authority-data"]) == b"-----BEGIN CERTIFICATE-----"
    script, *arguments = found["user"]["exec"]["args"]
    assert Path(script).is_file()
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "token for todo-production"},
    }


def test_the_next_token_is_asked_for_before_one_ends() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1_900_000_030}).encode()).decode().rstrip("=")
    assert credential_status(f"head.{claims}.mark") == {
        "token": f"head.{claims}.mark",
        "expirationTimestamp": "2030-03-17T17:46:40Z",
    }


@pytest.mark.parametrize("way", WAYS_IN)
def test_a_setting_that_is_missing_is_named(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SETTINGS[way]:
        set_all(way, monkeypatch)
        monkeypatch.setenv(name, "")
        assert main([way]) == 1
        assert f"sign-in: {name} is not set" in capsys.readouterr().err


def test_a_job_without_the_right_to_a_token_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    assert main(["token", "x"]) == 1
    assert "the job needs the permission `id-token: write`" in capsys.readouterr().err


def test_a_token_that_is_refused_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")
    assert main(["token", "x"]) == 1
    assert "GitHub gave no token: HTTP Error 401" in capsys.readouterr().err


def test_a_cloud_that_refuses_is_one_sentence_without_the_token(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers("az login", "AADSTS70021: No matching federated identity record found", code=1)
    set_all("azure", monkeypatch)
    assert main(["azure"]) == 1
    assert "AADSTS70021" in (said := capsys.readouterr().err)
    assert "token for" not in said


@pytest.mark.parametrize("arguments", [[], ["amazon"], ["token"], ["azure", "x"]])
def test_what_it_does_not_know_is_answered_with_what_it_does(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "helm/sign-in azure" in capsys.readouterr().err
