"""Programs that services need, and their installation where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import MissingTool
from devstack.locking import file_lock
from devstack.paths import cache_directory

EXTRA_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin", "/usr/lib/go/bin")


def find(program: str) -> str | None:
    """Return the path of `program`; also looks in folders that are not in every PATH. None without it."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *EXTRA_FOLDERS])
    return shutil.which(program, path=path)


@dataclass(frozen=True)
class Tool:
    """A program that a service needs: how to check for it, and the Debian package that contains it.

    Without a `package` it must be installed by hand, as `mend` says.
    """

    name: str
    is_installed: Callable[[], bool]
    package: str | None = None
    mend: str = ""

    def how_to_mend(self) -> str:
        """Return the command that installs the tool."""
        sudo = "" if os.geteuid() == 0 else "sudo "
        return self.mend or f"{sudo}apt-get install {self.package}"


def program(name: str, *, package: str) -> Tool:
    """Return a tool that is installed when a program of this name is found."""
    return Tool(name=name, is_installed=lambda: find(name) is not None, package=package)


# The proxy in front of the platform; compose.yaml has its image, and tests run the same configuration.
NGINX = program("nginx", package="nginx-light")
# The browser in which the page is tested.
CHROMIUM = program("chromium", package="chromium")


def first_missing(service: str, tools: Sequence[Tool]) -> MissingTool | None:
    """Return an error for the first of `tools` that is not installed, or None. It is not raised."""
    for tool in tools:
        if not tool.is_installed():
            return MissingTool(service, reason=f"{tool.name} is not installed", mend=tool.how_to_mend())
    return None


def ensure(service: str, tools: Sequence[Tool]) -> None:
    """Install missing `tools` from Debian when this runs as root.

    Raises MissingTool for the first that is still missing. One installation runs at a time.
    """
    if first_missing(service, tools) and os.geteuid() == 0 and find("apt-get"):
        with file_lock(cache_directory() / "locks" / "apt.lock"):
            packages = [tool.package for tool in tools if tool.package and not tool.is_installed()]
            if packages:
                _install(service, packages)
    missing = first_missing(service, tools)
    if missing:
        raise missing


def _install(service: str, packages: Sequence[str]) -> None:
    install = ["install", "-y", "--no-install-recommends", *packages]
    log = cache_directory() / "apt.log"
    print(f"{service}: installing {' '.join(packages)} with apt-get", file=sys.stderr, flush=True)
    # The package lists may be missing or out of date: update them when the first try fails.
    done = _apt(install, log) or (_apt(["update"], log) and _apt(install, log))
    if not done:
        reason = f"apt-get could not install {' '.join(packages)}, see {log}"
        raise MissingTool(service, reason=reason, mend=f"apt-get install {' '.join(packages)}")


def _apt(arguments: Sequence[str], log: Path) -> bool:
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    with log.open("ab") as output:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    return finished.returncode == 0
