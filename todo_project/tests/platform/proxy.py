"""The proxy of compose.yaml on loopback: nginx with its very configuration, but for addresses and folders."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, is_free, pick
from devstack.testing import require_nginx
from devstack.tools import find
from devstack.waiting import wait_until
from todo_project.tests.platform.roles import DIES_WITH_US, PATIENCE

CADDY_AT_LEAST = (2, 7)
CONFIGURATION = REPOSITORY / "devstack" / "compose" / "proxy"
# As root nginx gives its rights away to a user that could not pass through a test's folder.
AS_WE_ARE = "daemon off;" + (" user root root;" if os.geteuid() == 0 else "")


def render(folder: Path, changes: Mapping[str, str]) -> Path:
    """Copy the configuration into `folder` with each key replaced by its value; return the folder.

    Raises AssertionError for a key that is in no file: what is tested would not be what is shipped.
    """
    copy = folder / "proxy"
    shutil.copytree(CONFIGURATION, copy)
    for old, new in changes.items():
        files = [file for file in copy.iterdir() if old in file.read_text()]
        assert files, f"{old!r} is nowhere in {CONFIGURATION}"
        for file in files:
            file.write_text(file.read_text().replace(old, new))
    return copy


def on_loopback(folder: Path, *, port: int, web: int, sockets: int) -> dict[str, str]:
    """What differs on one machine: where it listens, where `web` and `sockets` are, where files may lie."""
    return {
        "set $web web:8000;": f"set $web {LOOPBACK}:{web};",
        "set $sockets sockets:8000;": f"set $sockets {LOOPBACK}:{sockets};",
        "listen 8080;": f"listen {LOOPBACK}:{port};",
        "listen [::]:8080;": "",
        " /tmp/": f" {folder}/",
        "access_log /dev/stdout": f"access_log {folder / 'access.log'}",
        "worker_processes auto;": "worker_processes 1;",
    }


@contextmanager
def proxy(
    folder: Path,
    *,
    web: int,
    sockets: int,
    changes: Mapping[str, str] | None = None,
    name: str = "nginx.conf",
) -> Iterator[str]:
    """The URL of a proxy that runs for the block; skips the test where there is no nginx."""
    require_nginx()
    [port] = pick(1)
    where = on_loopback(folder, port=port, web=web, sockets=sockets)
    configuration = render(folder, {**where, **(changes or {})}) / name
    log = folder / "nginx.log"
    command = [find("nginx") or "nginx", "-e", str(log), "-g", AS_WE_ARE, "-c", str(configuration)]
    with _running(command, log, port):
        yield f"http://{LOOPBACK}:{port}"


@contextmanager
def caddy(folder: Path, *, web: int, sockets: int) -> Iterator[str]:
    """The same with Caddy, from our Caddyfile; skips the test where there is none that knows `request_buffers`."""
    program = find("caddy")
    if program is None or _is_old(program):
        pytest.skip("caddy 2.7 or later is not installed")
    [port] = pick(1)
    site = f"http://{LOOPBACK}:{port}"
    changes = {
        "127.0.0.1:8000": f"{LOOPBACK}:{web}",
        "127.0.0.1:8001": f"{LOOPBACK}:{sockets}",
        "\tservers {": "\tadmin off\n\tpersist_config off\n\tservers {",
    }
    configuration = render(folder, changes) / "Caddyfile"
    command = ["env", f"TODO_SITE={site}", f"XDG_DATA_HOME={folder}", program]
    arguments = ["run", "--adapter", "caddyfile", "--config", str(configuration)]
    with _running([*command, *arguments], folder / "caddy.log", port):
        yield site


def _is_old(program: str) -> bool:
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < CADDY_AT_LEAST


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[None]:
    """Run a server for the block, from when it listens on `port`."""
    with (
        log.open("wb") as output,
        subprocess.Popen([*DIES_WITH_US, *command], stdout=output, stderr=output) as server,
    ):
        try:
            wait_until(lambda: server.poll() is not None or not is_free(port), seconds=PATIENCE)
            assert server.poll() is None, log.read_text()
            assert not is_free(port), log.read_text()
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE)
