"""Programs that stand where minikube, kubectl and helm would: they record how they are called, and play answers."""

import json
from pathlib import Path
from typing import Any

import pytest

# What is called first stands first: an answer may be for one call alone, then the next that fits is played.
_HEAD = """#!/bin/sh
call="${0##*/} $*"
echo "$call" >> "$RECORD/calls"
case "$call" in *"--filename -"*) /bin/cat >> "$RECORD/given"; echo >> "$RECORD/given" ;; esac
"""
PROGRAMS = ("az", "gcloud", "git", "helm", "kubectl", "minikube", "smoke")
VERSIONS = {
    "helm version": "v4.2.3",
    "kubectl version --client": "Client Version: v1.36.1",
    "minikube version": "v1.37.0",
}


class Recorder:
    """A folder that is the whole PATH; `calls` are all command lines so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._answers: list[str] = []
        for name in PROGRAMS:
            self._write(name)
        for words, version in VERSIONS.items():
            self.answers(words, version)

    def answers(self, words: str, said: object = "", *, code: int = 0, once: bool = False) -> None:
        """Have calls that contain these words print this, JSON unless it is a text, and end with the code."""
        number = len(self._answers)
        text = said if isinstance(said, str) else json.dumps(said)
        (self.folder / f"answer{number}").write_text(text)
        path, left = f'"$RECORD/answer{number}"', f'"$RECORD/left{number}"'
        if once:
            (self.folder / f"left{number}").touch()
        condition = f"[ -e {left} ] && /bin/rm {left}" if once else "true"
        pattern = "*" + words.replace("*", '"*"').join('""') + "*"
        where = ">&2 " if code else ""
        self._answers.append(
            f'case "$call" in {pattern}) if {condition}; then /bin/cat {path} {where}; exit {code}; fi ;; esac\n'
        )
        for name in PROGRAMS:
            if (self.folder / name).exists():
                self._write(name)

    def remove(self, name: str) -> None:
        """Have a program not be there."""
        (self.folder / name).unlink()

    def _write(self, name: str) -> None:
        path = self.folder / name
        path.write_text(_HEAD + "".join(reversed(self._answers)))
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """Each command line, without questions for versions."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if not any(line.startswith(words) for words in VERSIONS)]

    @property
    def given(self) -> list[dict[str, Any]]:
        """Each object that was handed over on standard input."""
        path = self.folder / "given"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def forget(self) -> None:
        """Forget what was called so far."""
        for name in ("calls", "given"):
            (self.folder / name).unlink(missing_ok=True)


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("RECORD", str(folder))
    return Recorder(folder)
