"""Checks of the supply chain: known vulnerabilities, a bill of materials, and secrets in the repository.

    python -m devstack.supply audit            known vulnerabilities of the locked packages (pip-audit)
    python -m devstack.supply sbom             write build/sbom.json (CycloneDX) of the same packages
    python -m devstack.supply secrets          print what looks like a secret and is not in secrets.baseline.json
    python -m devstack.supply secrets --accept replace secrets.baseline.json, after you have checked each finding

Exit code 0: nothing found, 1: something was found, 3: the check is not possible here; the last line says why.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from devstack.paths import REPOSITORY
from devstack.secret_scan import BASELINE, accept, find_new

_BIN = Path(sys.executable).parent
_LOCK = "requirements.txt"
SBOM = REPOSITORY / "build" / "sbom.json"
_OK, FOUND, UNTRIED = 0, 1, 3
_PROBE_SECONDS = 6
AUDIT_SECONDS = 90
# Vulnerabilities that do not affect us, by id, each with the reason and a date of review.
ACCEPTED: dict[str, str] = {}
# A mirror of the index has the packages, but not their advisories.
_PROBE = """
import json, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=4) as answer:
    assert isinstance(json.load(answer)["vulnerabilities"], list)
"""


def main(arguments: list[str]) -> int:
    """Run one of the checks; return the exit code."""
    tasks = {
        ("audit",): audit,
        ("sbom",): write_sbom,
        ("secrets",): scan_secrets,
        ("secrets", "--accept"): accept_all,
    }
    task = tasks.get(tuple(arguments))
    if task is None:
        print(__doc__)
        return FOUND
    return task()


def audit() -> int:
    """Compare the lock with the advisories of the Python Package Index; return the exit code."""
    if not is_index_reachable():
        print("pip-audit: the advisories at pypi.org cannot be reached from here")
        return UNTRIED
    return run_pip_audit(_LOCK)


def run_pip_audit(lock: str, *service: str) -> int:
    """Run pip-audit on a lock, with options for another service than pypi.org; return the exit code."""
    command = [
        str(_BIN / "pip-audit"),
        "--requirement",
        lock,
        "--require-hashes",
        "--disable-pip",
        "--strict",
    ]
    accepted = [part for name in ACCEPTED for part in ("--ignore-vuln", name)]
    options = ["--progress-spinner", "off", "--timeout", "10", *accepted, *service]
    try:
        return subprocess.run(
            [*command, *options], check=False, cwd=REPOSITORY, timeout=AUDIT_SECONDS
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"pip-audit: did not end within {AUDIT_SECONDS} s")
        return UNTRIED


def is_index_reachable() -> bool:
    """Whether advisories can be read. The check ends within seconds, also when the name server does not answer."""
    url = f"https://pypi.org/pypi/Django/{locked_version('django')}/json"
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE, url], check=False, capture_output=True, timeout=_PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return probe.returncode == 0


def locked_version(name: str) -> str:
    """Return the locked version of a distribution. Raises KeyError when it is not in the lock."""
    return locked_versions((REPOSITORY / _LOCK).read_text())[name]


def locked_versions(lock: str) -> dict[str, str]:
    """Return the versions of a lock by name."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE))


def write_sbom() -> int:
    """Write the bill of materials; return the exit code. The same lock gives the same file."""
    SBOM.parent.mkdir(exist_ok=True)
    command = [str(_BIN / "cyclonedx-py"), "requirements", _LOCK, "--output-reproducible"]
    code = subprocess.run(
        [*command, "--output-format", "JSON", "--output-file", str(SBOM)], check=False, cwd=REPOSITORY
    ).returncode
    if code == _OK:
        print(f"{len(json.loads(SBOM.read_text())['components'])} packages in {SBOM}")
    return code


def scan_secrets() -> int:
    """Print the findings that are not accepted; return the exit code."""
    found = find_new()
    if found is None:
        print("secrets: only a git checkout can be scanned")
        return UNTRIED
    for each in found:
        print(each)
    if found:
        print(
            f"remove them, or, if they are no secrets: python -m devstack.supply secrets --accept ({BASELINE})"
        )
    return FOUND if found else _OK


def accept_all() -> int:
    """Accept all present findings."""
    print(f"{accept()} accepted in {BASELINE}")
    return _OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
