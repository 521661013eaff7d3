"""Preference events. They are in the log only and are never published."""

from typing import ClassVar, Literal

from pydantic import JsonValue

from events_app.contracts.base import ClockTime, Contract, Payload


class PreferencesSnapshot(Contract):
    """The preferences of a user."""

    time_zone: str
    week_start: Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
    quiet_from: ClockTime | None
    quiet_until: ClockTime | None
    channels: list[str]


class PreferencesUpdated(Payload):
    """A user's preferences changed."""

    TYPE: ClassVar[str] = "preferences.updated"

    preferences: PreferencesSnapshot
    changed_fields: list[str]
    previous: dict[str, JsonValue]
