"""Redis from Debian: a plain and a TLS port, an append-only file, 64 databases."""

from __future__ import annotations

import socket
from typing import ClassVar

from devstack.ports import LOOPBACK
from devstack.process import Command
from devstack.service import Service
from devstack.tools import find, program

_DATABASES = 64


class Redis(Service):
    """`redis-server`; each test uses its own database number with `url(database=…)`."""

    name = "redis"
    port_names: ClassVar[tuple[str, ...]] = ("redis", "tls")
    tools = (program("redis-server", package="redis-server"),)
    uses_certificates = True

    def url(self, *, database: int = 0, tls: bool = False) -> str:
        """Return a `redis://` or `rediss://` URL; the certificate to trust is `home.certificates.authority`."""
        scheme, port = ("rediss", self.ports["tls"]) if tls else ("redis", self.ports["redis"])
        return f"{scheme}://{LOOPBACK}:{port}/{database}"

    def initialise(self) -> None:
        """Create the data folder; Redis writes the rest itself."""
        self.data.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """Return the command of the server in the foreground; a write is on disk within a second."""
        settings = {
            "bind": LOOPBACK,
            "port": self.ports["redis"],
            "tls-port": self.ports["tls"],
            "tls-ca-cert-file": self.home.certificates.authority,
            "tls-cert-file": self.home.certificates.server,
            "tls-key-file": self.home.certificates.key,
            "tls-auth-clients": "no",
            "dir": self.data,
            "appendonly": "yes",
            "save": "",
            "databases": _DATABASES,
            "maxmemory-policy": "noeviction",
        }
        flags = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        return Command([find("redis-server") or "redis-server", *flags])

    def is_ready(self) -> bool:
        """Whether it answers PING, which it refuses while it loads its data."""
        try:
            with socket.create_connection((LOOPBACK, self.ports["redis"]), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return `TODO_REDIS_URL`, the authority to trust, and the URL with TLS as `DEVSTACK_REDIS_TLS_URL`."""
        return {
            "TODO_REDIS_URL": self.url(tls=secure),
            "TODO_REDIS_CA_FILE": str(self.home.certificates.authority),
            "DEVSTACK_REDIS_TLS_URL": self.url(tls=True),
        }
