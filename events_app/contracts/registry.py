"""Which class decodes which row: every version that a log may hold, and how an older one is upcast."""

from collections.abc import Callable
from typing import Final

from pydantic import JsonValue, ValidationError

from events_app.contracts.base import InvalidEvent, Payload, UnknownVersion
from events_app.contracts.notifications import NotificationCreated
from events_app.contracts.preferences import PreferencesUpdated
from events_app.contracts.reminders import ReminderCancelled, ReminderDue, ReminderScheduled
from events_app.contracts.tasks import TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated

EventData = dict[str, JsonValue]

PAYLOADS: Final[dict[str, type[Payload]]] = {
    payload.TYPE: payload
    for payload in (
        TaskCreated,
        TaskUpdated,
        TaskCompleted,
        TaskDeleted,
        ReminderScheduled,
        ReminderDue,
        ReminderCancelled,
        NotificationCreated,
        PreferencesUpdated,
    )
}

# (type, v) -> what turns data of version v into data of version v + 1.
UPCASTERS: Final[dict[tuple[str, int], Callable[[EventData], EventData]]] = {}


def is_known(type_: str, v: int) -> bool:
    """Whether this release can decode version `v` of `type_`."""
    payload = PAYLOADS.get(type_)
    return payload is not None and 1 <= v <= payload.V


def decode_payload(type_: str, v: int, data: EventData) -> Payload:
    """Return the newest form of a row's data.

    Raises UnknownVersion for what a newer release wrote, InvalidEvent for what does not fit its schema.
    """
    if not is_known(type_, v):
        raise UnknownVersion(f"{type_} version {v} is newer than this release knows")
    payload = PAYLOADS[type_]
    try:
        return payload.model_validate(upcast(type_, v, data))
    except (ValidationError, KeyError, TypeError) as error:
        raise InvalidEvent(f"{type_} version {v}: {_summary(error)}") from None


def upcast(type_: str, v: int, data: EventData) -> EventData:
    """Bring data of an older version to the newest; data of the newest is returned as it is."""
    for version in range(v, PAYLOADS[type_].V):
        data = UPCASTERS[type_, version](data)
    return data


def _summary(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return repr(error)
