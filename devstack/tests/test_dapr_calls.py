"""Who may call whom, by certificates, and when calls stop: real `daprd`s with the files that the cluster uses."""

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from pytest_django import Settings

from devstack import Stack
from devstack.cli import in_ci
from devstack.dapr import Sidecar, SidecarOptions
from devstack.dapr.sentry import Sentry, compile_sentry
from devstack.errors import MissingTool
from devstack.ports import LOOPBACK
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.transports.hurry import hurry
from events_app.transports.options import DaprOptions

# Long enough to compile sentry, once on each machine.
pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
PATIENCE = 60.0
FAILURES = 5
"""After so many failures in a row the breaker `app` of resiliency.yaml opens."""


class App(ThreadingHTTPServer):
    """An application that answers everything, or hangs up on everybody; it counts both."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), AppHandler)
        self.is_up = True
        self.calls: list[tuple[str, str]] = []
        self.refused = 0

    def verify_request(self, request: object, client_address: object) -> bool:
        if not self.is_up:
            self.refused += 1
        return self.is_up


class AppHandler(BaseHTTPRequestHandler):
    server: App

    def do_POST(self) -> None:
        self.server.calls.append((self.command, self.path))
        body = b"{}"
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")  # so that the next call is another connection
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_DELETE = do_POST
    do_OPTIONS = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running() -> Iterator[App]:
    with App() as app:
        thread = threading.Thread(target=app.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield app
        finally:
            app.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def stack() -> Stack:
    return require_services("redis")


@pytest.fixture
def options() -> SidecarOptions:
    return SidecarOptions("redis", files=("secretstore", "resiliency"), scheduler=False)


@pytest.fixture
def prefix() -> str:
    return f"c{uuid.uuid4().hex[:8]}"


def invoke(caller: Sidecar, app_id: str, path: str, method: str = "POST") -> int:
    url = f"{caller.http_url}/v1.0/invoke/{app_id}/method{path}"
    headers = {"dapr-api-token": caller.api_token}
    return httpx.request(method, url, headers=headers, timeout=PATIENCE).status_code


def test_a_request_hurries_a_sweep_of_another_process(
    stack: Stack, options: SidecarOptions, prefix: str, settings: Settings, transactional_db: None
) -> None:
    with (
        running() as app,
        Sidecar(f"{prefix}-sweeps", app.server_port, stack=stack, options=options),
        Sidecar(f"{prefix}-web", stack=stack, options=options) as web,
    ):
        settings.REDIS_URL, settings.EVENT_TRANSPORT = "", "dapr"
        settings.DAPR = DaprOptions(
            http_port=web.ports["http"], api_token=web.api_token, app_prefix=prefix, app_token="any"
        )

        def is_woken() -> bool:
            hurry("tags")
            return ("POST", "/wake/tags") in app.calls

        assert wait_until(is_woken, seconds=PATIENCE)


def test_calls_to_an_app_that_fails_stop_after_five_and_begin_again(
    stack: Stack, options: SidecarOptions, prefix: str
) -> None:
    with (
        running() as app,
        Sidecar(f"{prefix}-sweeps", app.server_port, stack=stack, options=options),
        Sidecar(f"{prefix}-web", stack=stack, options=options) as web,
    ):
        callee = f"{prefix}-sweeps"
        assert wait_until(lambda: invoke(web, callee, "/wake/tags") == 200, seconds=PATIENCE)
        app.is_up = False
        answers = [invoke(web, callee, "/wake/tags") for _ in range(4 * FAILURES)]
        assert all(status >= 500 for status in answers), answers
        assert app.refused == FAILURES
        app.is_up = True
        assert invoke(web, callee, "/wake/tags") >= 500  # it is still open
        assert wait_until(lambda: invoke(web, callee, "/wake/tags") == 200, seconds=PATIENCE)


@pytest.fixture(scope="module")
def sentry(stack: Stack) -> Iterator[Sentry]:
    try:
        compile_sentry()
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))
    with Sentry(stack) as running_sentry:
        yield running_sentry


def acl_counts(sidecar: Sidecar) -> dict[str, int]:
    """How many calls the sidecar let through and refused, by its own numbers."""
    text = httpx.get(f"http://{LOOPBACK}:{sidecar.ports['metrics']}/metrics", timeout=PATIENCE).text
    found = re.findall(r"^dapr_runtime_acl_(\w+?)(?:_total)?\{[^}]*} (\d+)", text, re.MULTILINE)
    counts: dict[str, int] = {}
    for name, number in found:
        counts[name] = counts.get(name, 0) + int(number)
    return counts


def test_only_web_wakes_sweeps_and_only_so(
    stack: Stack, options: SidecarOptions, prefix: str, sentry: Sentry
) -> None:
    """A stranger with a certificate of the same authority, another path and another verb are 403 and reach nobody."""
    # Without resiliency: Dapr repeats refused calls too, and its breaker would soon answer for the callee.
    secure = replace(options, sentry=sentry, prefix=prefix, metrics=True, files=("secretstore",))
    callee = f"{prefix}-sweeps"
    with (
        running() as app,
        Sidecar(callee, app.server_port, stack=stack, options=secure) as sweeps,
        Sidecar(f"{prefix}-web", stack=stack, options=secure) as web,
        Sidecar(f"{prefix}-stranger", stack=stack, options=secure) as stranger,
        Sidecar(f"{prefix}-plain", stack=stack, options=replace(secure, sentry=None)) as plain,
    ):
        assert wait_until(lambda: invoke(web, callee, "/wake/tags") == 200, seconds=PATIENCE)
        before = len(app.calls)
        assert invoke(web, callee, "/wake/reminders") == 200
        for caller, path, method in (
            (web, "/job/reminders-1", "POST"),
            (web, "/wakes/tags", "POST"),
            (web, "/wake/tags", "GET"),
            (web, "/wake/tags", "DELETE"),
            (stranger, "/wake/tags", "POST"),
        ):
            assert invoke(caller, callee, path, method) == 403, (caller.app_id, path, method)
        assert invoke(web, callee, "/wake/../job/reminders-1") >= 400  # Dapr takes it for no path at all
        assert invoke(plain, callee, "/wake/tags") >= 500  # without a certificate there is no connection
        assert app.calls[before:] == [("POST", "/wake/reminders")]
        counts = acl_counts(sweeps)
        assert sum(n for name, n in counts.items() if "allowed" in name) >= 2, counts
        assert sum(n for name, n in counts.items() if "blocked" in name) >= 5, counts
