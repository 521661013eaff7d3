"""PostgreSQL from Debian, with its own data, port and certificate; Debian's default cluster is not touched."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar

from devstack import versions
from devstack.errors import ServiceFailed
from devstack.locking import file_lock
from devstack.ports import LOOPBACK
from devstack.postgresql.place import data_folder, remove_outside, server_programs
from devstack.process import Command
from devstack.service import Service, is_root
from devstack.tools import Tool
from devstack.waiting import wait_until

ADMIN, APPLICATION, STATE = "postgres", "todo", "todo_dapr"
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
RELEASE_SECONDS = 10.0

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    # No socket file: its path is limited to 107 bytes. All clients use the loopback port.
    "unix_socket_directories": "",
    "max_connections": "200",
    "ssl": "on",
    "ssl_cert_file": "server.pem",
    "ssl_key_file": "server.key",
    "track_commit_timestamp": "on",  # benchmarks ask when rows were committed
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
}


class PostgreSQL(Service):
    """One server with an administrator (`postgres`) and the application's role and database (`todo`)."""

    name = "postgresql"
    port_names: ClassVar[tuple[str, ...]] = ("postgresql",)
    tools = (
        Tool(
            name=f"PostgreSQL {versions.POSTGRESQL_AT_LEAST} or newer",
            is_installed=lambda: server_programs() is not None,
            package="postgresql",
        ),
    )
    uses_certificates = True
    stop_signal = signal.SIGINT  # "fast" shutdown: SIGTERM would wait until every client disconnects.

    @property
    def data(self) -> Path:
        """Return the cluster's folder; outside the stack's folder when the server's user cannot reach that."""
        return data_folder(self.home, self.user)

    @property
    def user(self) -> str | None:
        """Return the user that runs the server, which refuses to run as root; None for the present user."""
        return "postgres" if is_root() else None

    def url(
        self, database: str = APPLICATION, *, admin: bool = False, tls: bool = False, role: str = ""
    ) -> str:
        """Return a `postgresql://` URL; with `tls` clients verify the certificate, without they use no encryption.

        libpq prefers TLS where the server offers it, which on loopback costs time and protects nothing.
        """
        role = role or (ADMIN if admin else APPLICATION)
        authority = self.home.certificates.authority
        query = f"?sslmode=verify-full&sslrootcert={authority}" if tls else "?sslmode=disable"
        address = f"{LOOPBACK}:{self.ports['postgresql']}"
        return f"postgresql://{role}:{self.password}@{address}/{database}{query}"

    def create_database(self, name: str) -> str:
        """Create an empty database of the application's role, unless it exists; returns its URL.

        Raises ValueError for a name that is not lower-case letters, digits and underscores.
        """
        _check_name(name)
        if not self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self._sql(f"CREATE DATABASE {name} OWNER {APPLICATION}")
        return self.url(name)

    def create_state_schema(self, database: str) -> str:
        """Create the schema `dapr` for Dapr's state store, and the role that owns it; return that role's URL.

        Repeating changes nothing. The role can read nothing of the application's. Several sidecars may start at once.
        """
        _check_name(database)
        role = f"CREATE ROLE {STATE} LOGIN PASSWORD '{self.password}'"
        self._sql(f"DO $$ BEGIN {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$")
        with file_lock(self.home.directory / "locks" / "dapr-schema.lock"):
            self._sql(f"CREATE SCHEMA IF NOT EXISTS dapr AUTHORIZATION {STATE}", database=database)
        return self.url(database, role=STATE)

    def drop_database(self, name: str) -> None:
        """Drop a database with every connection to it; nothing happens when there is none."""
        _check_name(name)
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def initialise(self) -> None:
        """Create the cluster once; hand it the certificate, which the server's user must own."""
        folder = self.data
        if not (folder / "PG_VERSION").exists():
            self._create_cluster(folder)
        for source in (self.home.certificates.server, self.home.certificates.key):
            target = folder / source.name
            shutil.copyfile(source, target)
            self._hand_over(target, mode=0o600)

    def command(self) -> Command:
        """Return the command of the server in the foreground."""
        settings = {**_SETTINGS, "port": str(self.ports["postgresql"])}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            [str(self._program("postgres")), "-D", str(self.data), *flags], cwd=self.data, user=self.user
        )

    def is_ready(self) -> bool:
        """Whether `pg_isready` succeeds."""
        probe = [str(self._program("pg_isready")), "-q", "-t", "1", "-h", LOOPBACK]
        port = str(self.ports["postgresql"])
        return subprocess.run([*probe, "-p", port], check=False, cwd="/").returncode == 0

    def finish_setup(self) -> None:
        """Create the application's role and database unless they exist."""
        if self._sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION}'") == "":
            self._sql(f"CREATE ROLE {APPLICATION} LOGIN CREATEDB PASSWORD '{self.password}'")
        self.create_database(APPLICATION)

    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return `TODO_DATABASE_URL`, a URL with verified TLS, and the administrator's URL."""
        return {
            "TODO_DATABASE_URL": self.url(tls=secure),
            "DEVSTACK_DATABASE_TLS_URL": self.url(tls=True),
            "DEVSTACK_DATABASE_ADMIN_URL": self.url("postgres", admin=True),
        }

    def purge(self) -> None:
        """Remove the cluster, wherever it is."""
        super().purge()
        remove_outside(self.home.directory)

    def _launch(self) -> None:
        """Start, and retry: after a kill -9 the server's children hold its shared memory for a moment."""
        wait_until(self._launch_once, seconds=RELEASE_SECONDS)

    def _launch_once(self) -> bool:
        """Start once; return False only when the server ended because its old shared memory is still in use."""
        start = self.log.stat().st_size if self.log.exists() else 0
        super()._launch()
        wait_until(lambda: self.process() is None or self.is_ready(), seconds=self.start_seconds)
        return self.process() is not None or not self._is_held(start)

    def _is_held(self, start: int) -> bool:
        with self.log.open("rb") as file:
            file.seek(start)
            return b"pre-existing shared memory block" in file.read()

    def _create_cluster(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._hand_over(folder, mode=0o700)
        password_file = folder.parent / f"{folder.name}.password"
        password_file.write_text(self.password)
        self._hand_over(password_file, mode=0o600)
        arguments = ["-U", ADMIN, f"--pwfile={password_file}", "-A", "scram-sha-256", "--no-sync"]
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        initdb = [str(self._program("initdb")), "-D", str(folder), *arguments, *locale]
        command = Command(initdb, cwd=folder, user=self.user)
        finished = subprocess.run(command.full_argv(), capture_output=True, text=True, check=False)
        password_file.unlink()
        if finished.returncode != 0:
            raise ServiceFailed(self.name, f"initdb failed: {finished.stderr.strip()}")

    def _hand_over(self, path: Path, *, mode: int) -> None:
        path.chmod(mode)
        if self.user:
            shutil.chown(path, self.user, self.user)

    def _program(self, name: str) -> Path:
        folder = server_programs()
        if folder is None:
            raise self.missing() or ServiceFailed(self.name, "was removed from this machine")
        return folder / name

    def _sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the administrator; return its output without headings."""
        psql = [str(self._program("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
        url = self.url(database, admin=True)
        finished = subprocess.run([*psql, url], capture_output=True, text=True, check=False, cwd="/")
        if finished.returncode != 0:
            raise ServiceFailed(self.name, f"{statement!r} failed: {finished.stderr.strip()}")
        return finished.stdout.strip()


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a database name of lower-case letters, digits and _")
