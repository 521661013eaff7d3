"""`devstack/smoke.py` against a platform that works, and behind a saboteur that breaks one promise at a time."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from devstack import smoke, smoke_steps
from devstack.paths import REPOSITORY
from devstack.plain_socket import PlatformAddress
from devstack.ports import LOOPBACK
from devstack.smoke_client import SmokeClient
from devstack.waiting import wait_until
from todo_project.tests.platform.forwarder import Forwarder, ForwardHandler, Reply
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

STEPS = 10
LEFT = "SELECT COUNT(*) FROM accounts_app_user WHERE username LIKE 'smoke-%'"


@dataclass(frozen=True)
class Fault:
    """What breaks: calls that match are answered by `answer` of status and body; or what happens to sockets."""

    calls: str = "never"
    answer: Callable[[int, bytes], tuple[int, bytes]] = lambda status, body: (status, body)
    is_forwarded: bool = True
    without_header: str = ""
    sockets: str = ""
    location: str = ""


class Saboteur(Forwarder):
    """A proxy without a name of its own, which breaks what `fault` says."""

    def __init__(self, upstream: str, fault: Fault) -> None:
        self.upstream, self.fault = upstream, fault
        super().__init__(Meddler)

    def upstream_of(self, path: str) -> str:
        return self.upstream


class Meddler(ForwardHandler):
    server: Saboteur

    def headers_to_forward(self) -> dict[str, str]:
        left_out = self.server.fault.without_header
        return {name: value for name, value in super().headers_to_forward().items() if name != left_out}

    def exchange(self, upstream: str) -> Reply:
        fault = self.server.fault
        is_broken = bool(re.match(fault.calls, f"{self.command} {self.path}"))
        if not is_broken:
            return super().exchange(upstream)
        status, body, _ = super().exchange(upstream) if fault.is_forwarded else (200, b"{}", {})
        answered, content = fault.answer(status, body)
        return answered, content, {"Location": fault.location} if fault.location else {}

    def splice(self, upstream: str) -> None:
        if self.server.fault.sockets == "refused":
            self.send_error(403)
        else:
            super().splice(upstream)

    def passes_on(self, seen: bytes) -> bool:
        return not (self.server.fault.sockets == "ended" and b'"ready"' in seen)

    def receive_on(self, seen: bytes, received: bytes) -> None:
        if not (self.server.fault.sockets == "silent" and b'"ready"' in seen):
            super().receive_on(seen, received)


def with_json(status: int = 200, **changes: object) -> Callable[[int, bytes], tuple[int, bytes]]:
    """An answer as it is, but for some fields and the status."""

    def changed(_: int, body: bytes) -> tuple[int, bytes]:
        told: dict[str, Any] = json.loads(body)
        return status, json.dumps(told | changes).encode()

    return changed


def of_text(status: int, text: str) -> Callable[[int, bytes], tuple[int, bytes]]:
    return lambda _status, _body: (status, text.encode())


def test_a_platform_that_works_passes_every_step_with_nothing_installed(running: Running) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(REPOSITORY / "devstack" / "smoke.py"), running.url, "--direct"],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == STEPS - 1
    assert all(line.startswith("ok ") for line in lines)
    assert wait_until(lambda: running.value(LEFT) == 0, seconds=PATIENCE)


def test_with_an_account_it_removes_its_tasks_alone(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMOKE_USER", "admin")
    monkeypatch.setenv("SMOKE_PASSWORD", running.password)
    monkeypatch.setattr(smoke_steps, "DUE_AFTER", 2)
    monkeypatch.setattr(smoke_steps, "REMINDS_AFTER", 1)
    assert smoke.main([running.url, "--direct"]) == 0, capsys.readouterr().err
    with running.signed_in(running.password) as client:
        assert client.get("/api/tasks/").json()["results"] == []


FAULTS = {
    "a proxy that reaches nobody": (
        Fault("GET /api/$", of_text(503, "no healthy upstream")),
        "the API answers: GET .*/api/ answered 503: 'no healthy upstream'",
    ),
    "a page instead of the API": (Fault("GET /api/$", of_text(200, "<html>")), "answered no JSON: b'<html>'"),
    "another scheme": (
        Fault("GET /api/$", of_text(301, ""), location="https://todo.example/api/"),
        "answered 301, which leads to https://todo.example/api/",
    ),
    "no registration": (
        Fault("POST /api/auth/register/", with_json(403, detail="Ask the operator."), is_forwarded=False),
        "sign in: 403: Ask the operator; set SMOKE_USER and SMOKE_PASSWORD",
    ),
    "no tickets": (
        Fault("POST /api/ws-tickets/", of_text(500, "{}")),
        "open a socket: POST .*/api/ws-tickets/ answered",
    ),
    "sockets that are refused": (Fault(sockets="refused"), "/ws/tasks/: the handshake was answered .*403"),
    "keys that are ignored": (Fault(without_header="Idempotency-Key"), "one Idempotency-Key made two tasks"),
    "reminders that never fire": (
        Fault("GET /api/notifications/", with_json(results=[])),
        "the reminder fires: no notification came within",
    ),
    "a series that ends": (
        Fault("GET /api/tasks/", with_json(results=[])),
        "complete it; the next one comes: no next occurrence came within",
    ),
    "a task that stays open": (
        Fault("PUT /api/tasks/", with_json(completed=False)),
        "is not completed after it was",
    ),
    "sockets that show nothing": (
        Fault(sockets="silent"),
        r"the socket did not show: complete \d+, create \d+, create \d+",
    ),
    "sockets that end": (Fault(sockets="ended"), "/ws/tasks/: the socket was closed with 1006"),
    "a trail that misses something": (
        Fault("GET /api/audit/.task", with_json(results=[])),
        "has no entry of the completion",
    ),
    "a broken trail": (Fault("GET /api/audit/verify/", with_json(ok=False)), "the audit trail is broken"),
    "an answer that lacks a field": (
        Fault("GET /api/changes/", of_text(200, "{}")),
        "open a socket: an answer without 'sequence'",
    ),
    "a clean-up that fails": (
        Fault("DELETE /api/auth/me/", of_text(500, "{}")),
        "remove what was made: DELETE .*/api/auth/me/ answered 500",
    ),
}
# Waiting for the reminder is for those who break it; all others would wait as well.
_REMINDED = "reminders that never fire"


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_is_broken_is_one_sentence(
    running: Running, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault, words = FAULTS[name]
    for constant in (
        "STARTS_WITHIN",
        "REMINDED_WITHIN",
        "SUCCEEDED_WITHIN",
        "SHOWN_WITHIN",
        "RECORDED_WITHIN",
    ):
        monkeypatch.setattr(smoke_steps, constant, 0.5 if constant in words_of(name) else PATIENCE)
    monkeypatch.setattr(smoke_steps, "REMINDS_AFTER", 0)
    with Saboteur(running.url, fault) as proxy:
        client = SmokeClient(PlatformAddress(proxy.url), seconds=PATIENCE)
        test = smoke_steps.SmokeTest(client, account=None, asks_internal=False)
        if name != _REMINDED:
            test.steps = [step for step in test.steps if step[0] != "the reminder fires"]
            monkeypatch.setattr(smoke_steps, "WANTED_KINDS", ("create", "complete"))
        code = smoke.run_smoke(test)
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert code == (2 if name == "no registration" else 1)
    assert said.count("FAILED") == 1
    assert "Traceback" not in said


def words_of(name: str) -> tuple[str, ...]:
    """The bounds that end in the case of this name."""
    return {
        "a proxy that reaches nobody": ("STARTS_WITHIN",),
        _REMINDED: ("REMINDED_WITHIN",),
        "a series that ends": ("SUCCEEDED_WITHIN",),
        "sockets that show nothing": ("SHOWN_WITHIN",),
        "a trail that misses something": ("RECORDED_WITHIN",),
    }.get(name, ())


def test_an_answer_that_cannot_be_read_is_said_and_what_was_made_is_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = SmokeClient(PlatformAddress(f"http://{LOOPBACK}:1"), seconds=PATIENCE)
    test = smoke_steps.SmokeTest(client, account=None)
    test.steps = [("open a socket", lambda: json.loads("no JSON"))]
    assert smoke.run_smoke(test) == 1
    told = capsys.readouterr()
    assert "FAILED  open a socket: an answer of another shape (Expecting value" in told.err
    assert "ok      remove what was made" in told.out


def test_what_strangers_reach_without_a_proxy_is_said(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    client = SmokeClient(PlatformAddress(running.url), seconds=PATIENCE)
    test = smoke_steps.SmokeTest(client, account=None)
    assert len(test.steps) == STEPS - 1
    test.steps = test.steps[-1:]
    assert smoke.run_smoke(test) == 1
    assert "/livez answered 200: strangers reach what is internal" in capsys.readouterr().err


def test_nobody_there_is_said_within_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    assert smoke.main([f"http://{LOOPBACK}:{port}", "--seconds", "1"]) == 1
    assert "got no answer: [Errno 111] Connection refused" in capsys.readouterr().err


def test_a_wrong_password_is_said(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMOKE_USER", "admin")
    monkeypatch.setenv("SMOKE_PASSWORD", "wrong")
    assert smoke.main([running.url]) == 1
    assert "sign in: POST" in (said := capsys.readouterr().err)
    assert "answered 401" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["todo.example"], "is no address such as https://todo.example"),
        (["https://todo.example/app"], "is no address such as"),
        (["https://todo.example", "--connect", "here"], "is no HOST:PORT"),
    ],
)
def test_an_address_that_cannot_be_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        smoke.main(arguments)
    assert refused.value.code == 2
    assert words in capsys.readouterr().err


def test_half_an_account_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMOKE_USER", "admin")
    monkeypatch.delenv("SMOKE_PASSWORD", raising=False)
    with pytest.raises(SystemExit):
        smoke.main(["https://todo.example"])
    assert "set both SMOKE_USER and SMOKE_PASSWORD" in capsys.readouterr().err
