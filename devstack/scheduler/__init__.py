"""Dapr's scheduler: stores the jobs of the sidecars in its own etcd."""

from __future__ import annotations

from typing import ClassVar

from devstack import ports, versions
from devstack.ports import LOOPBACK
from devstack.process import Command
from devstack.scheduler import build
from devstack.service import Service
from devstack.tools import Tool

IDENTITY = "devstack-scheduler"


class Scheduler(Service):
    """One scheduler. Preparing it also compiles `daprd`, which runs as the Sidecar of each application."""

    name = "scheduler"
    port_names: ClassVar[tuple[str, ...]] = ("grpc", "etcd_client", "etcd_peer", "healthz", "metrics")
    stop_seconds = 10
    build_notice = (
        f"compiling daprd and scheduler {versions.DAPR_VERSION}, some five minutes on two cores, once"
    )

    def required_tools(self) -> list[Tool]:
        """Return Go, until the binaries are in the cache."""
        return [] if self.is_built() else [build.GO]

    def is_built(self) -> bool:
        """Whether the binaries are in the cache."""
        return build.binaries().is_done()

    def build(self) -> None:
        """Compile them."""
        build.compile_binaries()

    def initialise(self) -> None:
        """Create the data folders; etcd requires one that only its user can read."""
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "etcd").mkdir(mode=0o700, exist_ok=True)

    def command(self) -> Command:
        """Return the command of the scheduler in the foreground, on the loopback only."""
        own = self.ports
        flags = {
            "id": IDENTITY,
            "listen-address": LOOPBACK,
            "port": str(own["grpc"]),
            "healthz-listen-address": LOOPBACK,
            "healthz-port": str(own["healthz"]),
            "metrics-listen-address": LOOPBACK,
            "metrics-port": str(own["metrics"]),
            "etcd-data-dir": str(self.data / "etcd"),
            "etcd-client-listen-address": LOOPBACK,
            "etcd-client-port": str(own["etcd_client"]),
            "etcd-initial-cluster": f"{IDENTITY}=http://{LOOPBACK}:{own['etcd_peer']}",
            "etcd-initial-election-tick-advance": "true",
            "override-broadcast-host-port": f"{LOOPBACK}:{own['grpc']}",
            "identity-directory-write": str(self.data / "identity"),
        }
        program = str(build.binaries().folder / "scheduler")
        return Command([program, *(f"--{name}={value}" for name, value in flags.items())], cwd=self.data)

    def is_ready(self) -> bool:
        """Whether its health page answers 2xx."""
        return ports.http_succeeds(self.ports["healthz"], "/healthz")

    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return the address for `daprd`."""
        return {"DEVSTACK_SCHEDULER_ADDRESS": self.endpoint().address}
