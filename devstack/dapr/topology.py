"""Which apps there are, what each does, and so which components and topics it may use: the scopes of the Dapr files.

An app id is `<prefix>-<role>`: `web`, `relay`, `sweeps`, a consumer, or several consumers in one process, joined by
hyphens. An app id without such an end is an app that does everything behind one sidecar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from events_app.consumers.specs import ConsumerSpec
from todo_project.settings.consumers import CONSUMERS, SNAPSHOTS

WEB, RELAY, _SWEEPS = "web", "relay", "sweeps"
PUBSUB, STATESTORE, SECRETSTORE, CRON = "pubsub", "statestore", "secretstore", "reminder-cron"
ACCESS_FILES: Final[Mapping[str, str]] = {WEB: "configuration.web", _SWEEPS: "configuration.sweeps"}
"""The configuration of a role that others may call; for the other roles it is `configuration`."""
_WOKEN: Final[Mapping[str, ConsumerSpec]] = {
    spec.name: spec for spec in (*CONSUMERS, SNAPSHOTS) if spec.topics
}
KNOWN_TOPICS: Final = tuple(dict.fromkeys(topic for spec in _WOKEN.values() for topic in spec.topics))


@dataclass(frozen=True)
class App:
    """One app: the roles that its processes have, and the consumers that they take messages for."""

    id: str
    prefix: str
    roles: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()

    @property
    def topics(self) -> list[str]:
        """The topics that it subscribes to, without their prefix."""
        return [
            topic for topic in KNOWN_TOPICS if any(topic in _WOKEN[name].topics for name in self.consumers)
        ]

    @property
    def components(self) -> frozenset[str]:
        """The components whose scopes name it."""
        used = {
            PUBSUB: RELAY in self.roles or bool(self.consumers),
            STATESTORE: not {WEB, RELAY}.isdisjoint(self.roles) or SNAPSHOTS.name in self.consumers,
            CRON: _SWEEPS in self.roles,
            SECRETSTORE: True,
        }
        return frozenset(name for name, is_used in used.items() if is_used)

    @property
    def configuration(self) -> str:
        """The file, without `.yaml`, that says who may call it."""
        return ACCESS_FILES.get(self.roles[0], "configuration") if len(self.roles) == 1 else "configuration"


def app_of(app_id: str) -> App:
    """Return the app that has this id."""
    parts = app_id.split("-")
    if len(parts) > 1 and parts[-1] in (WEB, RELAY, _SWEEPS):
        return App(app_id, "-".join(parts[:-1]), roles=(parts[-1],))
    first = len(parts)
    while first > 1 and parts[first - 1] in _WOKEN:
        first -= 1
    prefix, consumers = "-".join(parts[:first]), tuple(parts[first:])
    if consumers:
        return App(app_id, prefix, consumers=consumers)
    return App(app_id, app_id, roles=(WEB, RELAY, _SWEEPS), consumers=tuple(_WOKEN))


def apps_of(prefix: str) -> list[App]:
    """Return the apps of an installation: one for each role and for each consumer that messages wake."""
    return [app_of(f"{prefix}-{name}") for name in (WEB, RELAY, _SWEEPS, *_WOKEN)]


def scope_values(apps: Sequence[App], *, topic_prefix: str = "") -> dict[str, str]:
    """Return the placeholders of the scopes, for files that all these apps share.

    Lists are in YAML's flow style without quotes, which ids do not need, so that they stand escaping.
    """

    def named(topics: Sequence[str]) -> str:
        return ",".join(f"{topic_prefix}{topic}" for topic in topics)

    def users(component: str) -> str:
        return f"[{', '.join(app.id for app in apps if component in app.components)}]"

    return {
        "TOPICS": named(KNOWN_TOPICS),
        "PUBLISHING_SCOPES": ";".join(
            f"{app.id}={named(KNOWN_TOPICS)}" for app in apps if RELAY in app.roles
        ),
        "SUBSCRIPTION_SCOPES": ";".join(f"{app.id}={named(app.topics)}" for app in apps if app.topics),
        "PUBSUB_APPS": users(PUBSUB),
        "STATE_APPS": users(STATESTORE),
        "SWEEP_APPS": users(CRON),
        "SECRET_APPS": users(SECRETSTORE),
    }
