"""Dapr's certificate authority, for the time of a test: with it sidecars know who calls them."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
from types import TracebackType

from devstack import versions
from devstack.building import Build, fingerprint
from devstack.errors import MissingTool, ServiceFailed
from devstack.ports import LOOPBACK
from devstack.process import Command, Process, spawn
from devstack.scheduler.build import GO, GO_MODULE, LINKER_FLAGS
from devstack.stack import SIDECAR_PREFIX, Stack
from devstack.state import ServiceEntry
from devstack.tools import find
from devstack.waiting import wait_until

_START_SECONDS = 30.0
_SOURCE = GO_MODULE / "cmd" / "sentry" / "main.go"
_COMPILE = ["build", "-trimpath", "-ldflags", LINKER_FLAGS, "-o", "{out}/", "./cmd/sentry"]


def sentry_build() -> Build:
    """Return the build of `sentry`, apart from that of `daprd`: a change of one leaves the other alone."""
    key = fingerprint(GO_MODULE / "go.mod", GO_MODULE / "go.sum", _SOURCE, *_COMPILE)
    return Build("sentry", key=f"sentry-{versions.DAPR_VERSION}-{key}")


def compile_sentry() -> None:
    """Compile it unless that is done: half a minute where `daprd` was compiled before.

    Raises MissingTool or ServiceFailed.
    """
    build = sentry_build()
    if not build.is_done() and not GO.is_installed():
        raise MissingTool("sentry", reason=f"{GO.name} is not installed", mend=GO.how_to_mend())
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    build.run(["nice", find("go") or "go", *_COMPILE], source=GO_MODULE, env=env)


class Sentry:
    """One authority, which any process on the loopback may ask for any name; a context manager."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = f"{SIDECAR_PREFIX}sentry:{secrets.token_hex(3)}"
        self.port = stack.home.state.ensure_ports(self.name, ("grpc",))["grpc"]
        self._folder = stack.home.directory / "sidecars" / self.name.replace(":", "-")
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """Return where sidecars ask for certificates, as `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    def trust_anchors(self) -> str:
        """Return the certificates that its sidecars trust."""
        return (self._folder / "ca.crt").read_text()

    def __enter__(self) -> Sentry:
        compile_sentry()
        self._folder.mkdir(parents=True, mode=0o700)
        program = str(sentry_build().folder / "sentry")
        command = Command([program, f"-port={self.port}", f"-folder={self._folder}"], cwd=self._folder)
        log = self.stack.home.log(self.name.replace(":", "-"))
        self._process = spawn(command, log=log)
        self.stack.home.state.remember(
            self.name, ServiceEntry(ports={"grpc": self.port}, process=self._process)
        )
        if not wait_until(self._listens, seconds=_START_SECONDS):
            self.__exit__(None, None, None)
            raise ServiceFailed("sentry", "did not listen", log=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.stop(signal.SIGTERM, grace_seconds=10)
        self.stack.home.state.forget(self.name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listens(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1):
                return True
        except OSError:
            return False
