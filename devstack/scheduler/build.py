"""`daprd` and `scheduler`, compiled from Go modules with only the components that are used here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from devstack import versions
from devstack.building import Build, fingerprint
from devstack.tools import Tool, find

GO_MODULE = Path(__file__).resolve().parent.parent / "dapr"
LINKER_FLAGS = f"-s -w -X github.com/dapr/dapr/pkg/buildinfo.version={versions.DAPR_VERSION}"
COMPILE = ["build", "-trimpath", "-ldflags", LINKER_FLAGS, "-o", "{out}/", "./cmd/daprd", "./cmd/scheduler"]


def _go_is_new_enough() -> bool:
    go = find("go")
    if go is None:
        return False
    ask = [go, "env", "GOVERSION", "GOTOOLCHAIN"]
    answers = subprocess.run(ask, capture_output=True, text=True, check=False, cwd="/").stdout.split()
    if len(answers) != 2:
        return False
    # Since 1.21, Go fetches the version that go.mod asks for, unless GOTOOLCHAIN is local.
    fetches_itself = answers[1] != "local" and _numbers(answers[0]) >= (1, 21)
    return fetches_itself or _numbers(answers[0]) >= versions.GO_AT_LEAST


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


GO_VERSION = ".".join(map(str, versions.GO_AT_LEAST))
GO = Tool(
    name=f"Go {GO_VERSION} or newer",
    is_installed=_go_is_new_enough,
    mend=f"install Go {GO_VERSION} into /usr/local/go (https://go.dev/doc/install), or apt-get install golang"
    " where Debian's is new enough",
)


def sources() -> list[Path]:
    """Return the source files of the binaries."""
    programs = [*GO_MODULE.glob("cmd/daprd/*.go"), *GO_MODULE.glob("cmd/scheduler/*.go")]
    return [GO_MODULE / "go.mod", GO_MODULE / "go.sum", *sorted(programs)]


def binaries() -> Build:
    """Return the build of `daprd` and `scheduler`."""
    key = fingerprint(*sources(), *COMPILE)
    return Build("dapr", key=f"dapr-{versions.DAPR_VERSION}-{key}")


def compile_binaries() -> None:
    """Compile both: some five minutes the first time on two cores. Raises ServiceFailed."""
    env = {**os.environ, "CGO_ENABLED": "0"}
    # The sources are copied without their Git history, which Go would otherwise look for.
    binaries().run(
        ["nice", find("go") or "go", *COMPILE], source=GO_MODULE, env={**env, "GOFLAGS": "-buildvcs=false"}
    )
