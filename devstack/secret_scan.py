"""Finds texts that look like secrets with detect-secrets, and compares them with a baseline of accepted findings.

A finding is a file, a kind and the hash of the text, so a moved line is no new finding. Tests contain many invented
passwords, so in tests only the formats of real providers' keys count. Locks contain many hashes and are not scanned.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

from devstack.paths import REPOSITORY

BASELINE = "devstack/secrets.baseline.json"
_PROCESSES = 2
# Detectors that guess: long random text, `password = …`, `//name:password@host`.
GUESSING = {"Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "BasicAuthDetector"}
FORMS = (
    *(
        "ArtifactoryDetector",
        "AWSKeyDetector",
        "AzureStorageKeyDetector",
        "CloudantDetector",
        "DiscordBotTokenDetector",
    ),
    *(
        "GitHubTokenDetector",
        "GitLabTokenDetector",
        "IbmCloudIamDetector",
        "IbmCosHmacDetector",
        "JwtTokenDetector",
    ),
    *("MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector"),
    *("SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector", "StripeDetector"),
    *("TelegramBotTokenDetector", "TwilioKeyDetector"),
)
_OURS = {"name": "PersonalTokenDetector", "path": Path(__file__).with_name("token_detector.py").as_uri()}
LIMITS: dict[str, float] = {"Base64HighEntropyString": 4.5, "HexHighEntropyString": 3.0}
FILTERS = ("allowlist.is_line_allowlisted", "heuristic.is_sequential_string", "heuristic.is_templated_secret")
NOT_SCANNED = re.compile(r"(^|/)(requirements(-dev)?\.txt|go\.sum|migrations\.sha256)$")
_TESTS = re.compile(r"(^|/)(tests|benchmarks|simulation)/")


@dataclass(frozen=True, order=True)
class SecretFinding:
    """A text that looks like a secret; only its hash is stored."""

    file: str
    kind: str
    digest: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}"


def find_new(root: Path = REPOSITORY) -> list[SecretFinding] | None:
    """Return the findings that are not in the baseline, sorted; None when this is no git checkout."""
    files = tracked_files(root)
    if files is None:
        return None
    known = read_baseline(root)
    return sorted(found for found in scan_files(root, files) if found not in known)


def accept(root: Path = REPOSITORY) -> int:
    """Replace the baseline by all present findings; return their number."""
    found = sorted(set(scan_files(root, tracked_files(root) or [])))
    rows = [{key: value for key, value in asdict(each).items() if key != "line"} for each in found]
    (root / BASELINE).parent.mkdir(exist_ok=True)
    (root / BASELINE).write_text(json.dumps(rows, indent=1) + "\n")
    return len(found)


def read_baseline(root: Path) -> set[SecretFinding]:
    """Return the accepted findings."""
    path = root / BASELINE
    return {SecretFinding(**row) for row in json.loads(path.read_text())} if path.exists() else set()


def tracked_files(root: Path) -> list[str] | None:
    """Return the files that are committed or could be, relative to `root`; None without git."""
    listing = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listing, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    names = (name for name in done.stdout.split("\0") if name and (root / name).is_file())
    return [name for name in names if name != BASELINE and not NOT_SCANNED.search(name)]


def scan_files(root: Path, files: Sequence[str]) -> list[SecretFinding]:
    """Return all findings in these files, accepted or not."""
    tests = [file for file in files if _TESTS.search(file)]
    code = [file for file in files if not _TESTS.search(file)]
    return [*_scan(root, tests, FORMS), *_scan(root, code, [*FORMS, *sorted(GUESSING)])]


def _scan(root: Path, files: Sequence[str], detectors: Iterable[str]) -> list[SecretFinding]:
    plugins = [{"name": name, **({"limit": LIMITS[name]} if name in LIMITS else {})} for name in detectors]
    filters = [{"path": f"detect_secrets.filters.{name}"} for name in FILTERS]
    with transient_settings({"plugins_used": [*plugins, _OURS], "filters_used": filters}):
        found = SecretsCollection(root=str(root))
        found.scan_files(*files, num_processors=_PROCESSES)
    return [SecretFinding(name, each.type, each.secret_hash, each.line_number) for name, each in found]
