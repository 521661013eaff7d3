"""Secrets that a process reads from Dapr's sidecar at its start, and what it says when it gets none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from devstack.dapr import Sidecar, SidecarOptions
from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from todo_project.settings import sidecar_secrets
from todo_project.settings.sidecar_secrets import SecretsMissing, with_secrets
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.roles import Role

TOKEN = "what the sidecar demands"
KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH"
SECRET, NEEDED = (
    ("TODO_SECRET_KEY", "TODO_EMAIL_URL", "TODO_DATABASE_URL"),
    ("TODO_SECRET_KEY", "TODO_DATABASE_URL"),
)


class SecretServer(ThreadingHTTPServer):
    """Dapr's secrets API over a dict of what each path answers."""

    def __init__(self, answers: dict[str, tuple[int, object]]) -> None:
        super().__init__((LOOPBACK, 0), SecretHandler)
        self.answers = {"/v1.0/healthz/outbound": (204, None), **answers}
        self.asked: list[str] = []


class SecretHandler(BaseHTTPRequestHandler):
    server: SecretServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answers.get(self.path, (500, {"errorCode": "ERR_SECRET_GET"}))
        if self.headers["dapr-api-token"] != TOKEN and "healthz" not in self.path:
            status, body = 401, None
        text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(answers: dict[str, tuple[int, object]]) -> Iterator[tuple[dict[str, str], SecretServer]]:
    """The environment of a process beside this sidecar."""
    with SecretServer(answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        port = str(server.server_port)
        yield {"DAPR_HTTP_PORT": port, "DAPR_API_TOKEN": TOKEN, "TODO_SECRETS_STORE": "safe"}, server
        server.shutdown()
        thread.join()


def read(environ: dict[str, str]) -> dict[str, str]:
    return dict(with_secrets(environ, secret=SECRET, needed=NEEDED))


def test_without_a_store_nobody_is_asked() -> None:
    environ = {"TODO_SECRETS_NAME": "todo", "DAPR_HTTP_PORT": "1"}
    assert with_secrets(environ, secret=SECRET, needed=NEEDED) is environ


def test_one_secret_has_many_values_and_what_is_set_stays() -> None:
    kept = {
        "TODO_SECRET_KEY": "new",
        "TODO_EMAIL_URL": "smtp://a",
        "TODO_DATABASE_URL": "other",
        "PATH": "/evil",
    }
    with served({"/v1.0/secrets/safe/todo": (200, kept)}) as (environ, server):
        found = read({**environ, "TODO_SECRETS_NAME": "todo", "TODO_DATABASE_URL_FILE": "/run/url"})
    assert (found["TODO_SECRET_KEY"], found["TODO_EMAIL_URL"]) == ("new", "smtp://a")
    assert {"TODO_DATABASE_URL", "PATH"}.isdisjoint(found)
    assert server.asked.count("/v1.0/secrets/safe/todo") == 1


def test_without_a_name_each_needed_variable_is_a_secret() -> None:
    answers = {"/v1.0/secrets/safe/TODO_SECRET_KEY": (200, {"TODO_SECRET_KEY": KEY})}
    with served({**answers}) as (environ, server):
        found = read(environ)
    assert found["TODO_SECRET_KEY"] == KEY
    assert "TODO_DATABASE_URL" not in found
    assert "/v1.0/secrets/safe/TODO_EMAIL_URL" not in server.asked


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((403, {"errorCode": "ERR_PERMISSION_DENIED"}), "does not allow the secret todo"),
        ((500, {"errorCode": "ERR_SECRET_GET"}), "has no secret todo in safe"),
        ((204, None), "has no secret todo in safe"),
        ((200, b"{,}"), "is no object"),
        ((200, [1]), "is no object"),
    ],
)
def test_what_the_sidecar_refuses_is_said(answer: tuple[int, object], sentence: str) -> None:
    with (
        served({"/v1.0/secrets/safe/todo": answer}) as (environ, _),
        pytest.raises(SecretsMissing, match=sentence),
    ):
        read({**environ, "TODO_SECRETS_NAME": "todo"})


def test_a_wrong_token_is_said_without_it() -> None:
    with served({}) as (environ, _), pytest.raises(SecretsMissing, match="refuses DAPR_API_TOKEN") as missing:
        read({**environ, "DAPR_API_TOKEN": "wrong"})
    assert "wrong" not in str(missing.value)


def test_a_sidecar_that_never_comes_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecar_secrets, "SECRETS_SECONDS", 0.5)
    [port] = pick(1)
    with pytest.raises(SecretsMissing, match=f"no sidecar was ready at 127.0.0.1:{port}"):
        read({"DAPR_HTTP_PORT": str(port), "TODO_SECRETS_STORE": "safe"})


@pytest.mark.parametrize("port", ["x", "0", "99999", "-1", ""])
def test_a_port_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setattr(sidecar_secrets, "SECRETS_SECONDS", 0.1)
    with pytest.raises(SecretsMissing, match="DAPR_HTTP_PORT"):
        read({"DAPR_HTTP_PORT": port, "TODO_SECRETS_STORE": "safe"})


def ask_for_key(environment: dict[str, str], log: Path) -> Role:
    """A process that says what its secret key begins with."""
    words = ("-c", "from django.conf import settings; print('key', settings.SECRET_KEY[:4])")
    return Role(words, environment=environment, log=log)


def secret_store(folder: Path, name: str, kind: str, **metadata: str) -> Path:
    """A folder with the component of a secret store, as an operator writes it."""
    rows = [{"name": key, "value": value} for key, value in metadata.items()]
    spec = {"type": f"secretstores.{kind}", "version": "v1", "metadata": rows}
    component = {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name},
        "spec": spec,
    }
    target = folder / "resources"
    target.mkdir()
    (target / "store.yaml").write_text(yaml.safe_dump(component))
    return target


@pytest.mark.services
@pytest.mark.slow
class TestRealSidecar:
    def test_a_file_with_many_values_and_a_sidecar_that_comes_later(self, tmp_path: Path) -> None:
        (tmp_path / "secrets.json").write_text(json.dumps({"todo": {"TODO_SECRET_KEY": KEY}}))
        resources = secret_store(
            tmp_path, "safe", "local.file", secretsFile=str(tmp_path / "secrets.json"), multiValued="true"
        )
        sidecar = lone_sidecar(resources)
        environment = role_environment(
            {**sidecar.environment(), "TODO_SECRETS_STORE": "safe", "TODO_SECRETS_NAME": "todo"}
        )
        environment.pop("TODO_SECRET_KEY", None)
        role = ask_for_key(environment, tmp_path / "role.log").may_end()
        with sidecar:
            role.says("key 0123")
            assert role.ended() == 0
            refused = ask_for_key({**environment, "DAPR_API_TOKEN": "wrong"}, tmp_path / "wrong.log")
            assert refused.ended() == 2
            assert refused.output.strip() == "todo: TODO_SECRETS_STORE: the sidecar refuses DAPR_API_TOKEN."
            unknown = ask_for_key({**environment, "TODO_SECRETS_NAME": "nothing"}, tmp_path / "unknown.log")
            assert unknown.ended() == 2
            assert unknown.output.count("\n") == 1

    def test_the_sidecar_s_environment_one_secret_for_each(self, tmp_path: Path) -> None:
        store = secret_store(tmp_path, "safe", "local.env", prefix="SAFE_")
        sidecar = lone_sidecar(store, SAFE_TODO_SECRET_KEY=KEY)
        environment = role_environment({**sidecar.environment(), "TODO_SECRETS_STORE": "safe"})
        environment.pop("TODO_SECRET_KEY", None)
        with sidecar:
            role = ask_for_key(environment, tmp_path / "role.log")
            assert role.ended() == 0
            assert "key 0123" in role.output


def lone_sidecar(resources: Path, **environment: str) -> Sidecar:
    options = SidecarOptions(
        "redis", files=("secretstore",), resources=resources, environment=environment, scheduler=False
    )
    return Sidecar(f"s{uuid4().hex[:8]}", stack=require_services("redis"), options=options)
