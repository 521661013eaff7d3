"""The Dapr files of compose.yaml: those of `helm/todo/dapr`, filled in for its services and their app ids.

`python -m devstack.dapr.compose_files` writes them; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devstack.dapr.files import fill
from devstack.dapr.launch import FIXED_VALUES
from devstack.dapr.topology import apps_of, scope_values
from devstack.kafka import USER
from devstack.paths import DAPR_FILES, REPOSITORY

TARGET = REPOSITORY / "devstack" / "compose" / "dapr"
_PREFIX = "todo"
COMPONENTS = ("pubsub.kafka", "reminder-cron", "resiliency", "secretstore")
CONFIGURATIONS = ("configuration", "configuration.web", "configuration.sweeps")
_NOTE = "# Made by `python -m devstack.dapr.compose_files`; change helm/todo/dapr instead.\n"
_SECRETS = {"KAFKA_SASL_PASSWORD": "TODO_DAPR_KAFKA_PASSWORD", "KAFKA_CA": "TODO_DAPR_KAFKA_CA"}


def render_compose_files() -> Mapping[Path, str]:
    """Return the text of each file by its path."""
    named = {TARGET / "resources" / f"{name}.yaml": name for name in COMPONENTS}
    named |= {TARGET / f"{name}.yaml": name for name in CONFIGURATIONS}
    return {path: _NOTE + fill(DAPR_FILES / f"{name}.yaml", _values()) for path, name in named.items()}


def _values() -> dict[str, str]:
    return {
        **FIXED_VALUES,
        **scope_values(apps_of(_PREFIX)),
        "APP_PREFIX": _PREFIX,
        "KAFKA_BROKERS": "kafka:9092",
        "KAFKA_AUTH_TYPE": "password",
        "KAFKA_DISABLE_TLS": "true",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_MECHANISM": "SHA-512",
        # Services find each other by name in one network.
        "NAME_RESOLUTION": "mdns",
        "NAME_RESOLUTION_FILE": "",
        **{f"{name}_{part}": variable for name, variable in _SECRETS.items() for part in ("SECRET", "KEY")},
    }


if __name__ == "__main__":
    for place, text in render_compose_files().items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
