"""compose.yaml as an engine would see it, with values for the variables of `.env`."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import yaml

from devstack.paths import REPOSITORY

FILE = REPOSITORY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
OURS = "todo:local"
ROLES: dict[str, dict[str, Any]] = {
    name: service for name, service in COMPOSE["services"].items() if service["image"] == OURS
}
WORDS = {"TODO_EVENT_TRANSPORT": "kafka"}
"""Needed variables that are no secrets, as the script writes them."""
_VARIABLE = re.compile(r"\$\{(\w+)(?::(-|\?)([^}]*))?\}")


def needed_variables() -> set[str]:
    """The variables without which compose refuses to start."""
    return {name for name, kind, _ in _VARIABLE.findall(FILE.read_text()) if kind == "?"}


def secret(name: str) -> str:
    """The value that a needed variable has here."""
    if name in WORDS:
        return WORDS[name]
    digest = sha256(name.encode())
    if name == "TODO_VAPID_PRIVATE_KEY":
        return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    digits = digest.hexdigest()
    return f"1:{digits}" if name == "TODO_AUDIT_KEYS" else digits


def interpolate(value: object) -> str:
    """A value of the file with each variable replaced: a needed one by `secret`, another by its default."""

    def replace(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        return secret(name) if kind == "?" else text or ""

    return _VARIABLE.sub(replace, str(value)).replace("$$", "$")


def environment_of(service: str) -> dict[str, str]:
    """What a service finds in its environment."""
    given = COMPOSE["services"][service].get("environment", {})
    return {name: interpolate(value) for name, value in given.items()}
