"""The image is tried without any right that it does not need; one that does not become ready, or dies, is refused."""

import subprocess
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY

SCRIPT = REPOSITORY / "devstack" / "compose" / "try-image.sh"
# Answers as the engine would; READY and CODE say how the image behaves.
ENGINE = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
    exec*) exit "$READY" ;;
    *State.Running*) echo false ;;
    *State.ExitCode*) echo "$CODE" ;;
esac
"""


def try_image(
    folder: Path, *, ready: int = 0, code: int = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    engine, log = folder / "docker", folder / "log"
    engine.write_text(ENGINE)
    engine.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "LOG": str(log), "READY": str(ready), "CODE": str(code)}
    done = subprocess.run(
        [SCRIPT, "todo:tried"], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    return done, log.read_text().splitlines()


def test_a_good_image_is_started_without_rights_asked_stopped_and_removed(tmp_path: Path) -> None:
    done, calls = try_image(tmp_path)
    assert done.returncode == 0, done.stderr
    assert [call.split()[0] for call in calls] == ["run", "exec", "stop", "inspect", "rm"]
    for right in ("--read-only", "--user 10001:10001", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert right in calls[0]
    assert calls[0].endswith("todo:tried up")


@pytest.mark.parametrize(
    ("ready", "code", "words"), [(1, 0, "did not become ready"), (0, 137, "SIGTERM ended it with 137")]
)
def test_a_bad_image_is_refused_with_its_log(tmp_path: Path, ready: int, code: int, words: str) -> None:
    done, calls = try_image(tmp_path, ready=ready, code=code)
    assert done.returncode == 1
    assert words in done.stderr
    assert any(call.startswith("logs ") for call in calls)
    assert calls[-1].startswith("rm --force")
