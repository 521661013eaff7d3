"""A `daprd` beside one application, for the time of a test or a command."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
from pathlib import Path
from types import TracebackType

from devstack import ports
from devstack.dapr.launch import Launch, SidecarOptions
from devstack.errors import ServiceFailed
from devstack.ports import LOOPBACK
from devstack.process import Process, spawn
from devstack.stack import SIDECAR_PREFIX, Stack
from devstack.state import ServiceEntry
from devstack.waiting import wait_until

PORT_NAMES = ("http", "grpc", "internal_grpc", "metrics")
START_SECONDS = 30.0


class Sidecar:
    """One `daprd` for the application `app_id`, which listens on `app_port` (None: the application only publishes).

    Ports and tokens are chosen at once and stay until it is stopped, so the application can be started with
    `environment()` before or after the sidecar. As a context manager it starts on entry and stops on exit. The services
    that it uses must be running when it starts.
    """

    def __init__(
        self,
        app_id: str,
        app_port: int | None = None,
        *,
        stack: Stack | None = None,
        options: SidecarOptions | None = None,
    ) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", app_id):
            raise ValueError(f"{app_id!r} is not an app id of lower-case letters, digits and hyphens")
        self.app_id, self.app_port = app_id, app_port
        self.stack = stack or Stack()
        self.options = options or SidecarOptions()
        self.api_token, self.app_token = secrets.token_hex(16), secrets.token_hex(16)
        self.name = f"{SIDECAR_PREFIX}{app_id}:{secrets.token_hex(3)}"
        self.ports = self.stack.home.state.ensure_ports(self.name, PORT_NAMES)
        self._process: Process | None = None

    @property
    def http_url(self) -> str:
        """Return the URL of Dapr's HTTP API."""
        return f"http://{LOOPBACK}:{self.ports['http']}"

    @property
    def grpc_address(self) -> str:
        """Return the address of Dapr's gRPC API, as `host:port`."""
        return f"{LOOPBACK}:{self.ports['grpc']}"

    @property
    def log(self) -> Path:
        """Return the log file; it is kept for a day after the sidecar ended."""
        return self.stack.home.log(self.name.replace(":", "-"))

    def environment(self) -> dict[str, str]:
        """Return the variables for the application: ports and tokens of its sidecar (names of the Dapr SDK)."""
        return {
            "APP_ID": self.app_id,
            "DAPR_HTTP_PORT": str(self.ports["http"]),
            "DAPR_GRPC_PORT": str(self.ports["grpc"]),
            "DAPR_HTTP_ENDPOINT": self.http_url,
            "DAPR_GRPC_ENDPOINT": f"dns:{self.grpc_address}",
            "DAPR_API_TOKEN": self.api_token,
            "APP_API_TOKEN": self.app_token,
        }

    def start(self) -> None:
        """Start `daprd` and wait until its API can be used; a running one is not changed.

        Raises MissingTool, or ServiceFailed with the end of its log.
        """
        if self.is_running():
            return
        self.stack.scheduler.prepare()
        self._process = self._launch()
        self.stack.home.state.remember(self.name, ServiceEntry(ports=self.ports, process=self._process))
        wait_until(lambda: not self.is_running() or self.is_reachable(), seconds=START_SECONDS)
        if not self.is_reachable():
            self.stop()
            raise ServiceFailed(self.name, "did not become reachable", log=self.log)

    def stop(self, *, grace_seconds: float = 15) -> None:
        """Stop it in order: it finishes running deliveries. Nothing happens when it is not running."""
        if self._process:
            self._process.stop(signal.SIGTERM, grace_seconds=grace_seconds)
            self._process = None
        self.stack.home.state.forget(self.name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal as a fault would; `start` starts it again on the same ports with the same tokens."""
        self._running().signal(number)
        if number == signal.SIGKILL:
            wait_until(lambda: not self.is_running(), seconds=10)

    def pause(self) -> None:
        """Stop its processes with SIGSTOP."""
        self._running().pause()

    def resume(self) -> None:
        """Continue it after `pause`."""
        self._running().resume()

    def is_running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.is_alive()

    def is_reachable(self) -> bool:
        """Whether its API and components can be used, independent of the application.

        `daprd` calls itself healthy for some milliseconds before a component that failed ends it; its
        metadata lists only components that were initialised.
        """
        if not ports.http_succeeds(self.ports["http"], "/v1.0/healthz/outbound"):
            return False
        return self.options.components(self.app_id) <= self._initialised_components()

    def is_healthy(self) -> bool:
        """Whether it has also connected to the application and subscribed for it."""
        return ports.http_succeeds(self.ports["http"], "/v1.0/healthz")

    def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        """Wait until it has connected to the application. Raises ServiceFailed with the end of its log."""
        if not wait_until(lambda: not self.is_running() or self.is_healthy(), seconds=seconds):
            raise ServiceFailed(
                self.name, f"did not connect to its application in {seconds:.0f} s", log=self.log
            )
        self._running()

    def __enter__(self) -> Sidecar:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _folder(self) -> Path:
        return (
            self.stack.home.directory / "sidecars" / self.name.removeprefix(SIDECAR_PREFIX).replace(":", "-")
        )

    def _launch(self) -> Process:
        launch = Launch(
            app_id=self.app_id,
            app_port=self.app_port,
            stack=self.stack,
            options=self.options,
            ports=self.ports,
            folder=self._folder,
        )
        launch.write_files()
        tokens = {"DAPR_API_TOKEN": self.api_token, "APP_API_TOKEN": self.app_token}
        return spawn(launch.command(tokens), log=self.log)

    def _initialised_components(self) -> set[str]:
        headers = {"dapr-api-token": self.api_token}
        metadata = ports.http_body(self.ports["http"], "/v1.0/metadata", headers)
        return {component["name"] for component in json.loads(metadata or "{}").get("components", ())}

    def _running(self) -> Process:
        if self._process is None or not self._process.is_alive():
            raise ServiceFailed(self.name, "is not running", log=self.log)
        return self._process
