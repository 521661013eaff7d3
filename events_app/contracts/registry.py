"""The payload class of each event type, and the upcasters of older versions that a log may have."""

from collections.abc import Callable
from typing import Final

from pydantic import JsonValue, ValidationError

from events_app.contracts.accounts import (
    AccountRenamed,
    EmailChanged,
    PasswordChanged,
    RefreshReused,
    RightsChanged,
    SecondFactorChanged,
    SignedIn,
    SignInFailures,
    SignInsEnded,
)
from events_app.contracts.base import InvalidEvent, Payload, UnknownVersion
from events_app.contracts.notifications import NotificationCreated, NotificationRead
from events_app.contracts.personal_tokens import TokenCreated, TokenRevoked
from events_app.contracts.preferences import PreferencesUpdated
from events_app.contracts.reminders import ReminderCancelled, ReminderDue, ReminderScheduled
from events_app.contracts.saved_views import ViewChanged
from events_app.contracts.tags import TagChanged
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
        NotificationRead,
        PreferencesUpdated,
        TagChanged,
        ViewChanged,
        TokenCreated,
        TokenRevoked,
        SignedIn,
        SignInsEnded,
        SignInFailures,
        RefreshReused,
        PasswordChanged,
        EmailChanged,
        AccountRenamed,
        SecondFactorChanged,
        RightsChanged,
    )
}

# (type, v) -> the function from data of version v to data of version v + 1.
UPCASTERS: Final[dict[tuple[str, int], Callable[[EventData], EventData]]] = {}


def is_known(type_: str, v: int) -> bool:
    """Return whether this release can decode version `v` of `type_`."""
    payload = PAYLOADS.get(type_)
    return payload is not None and 1 <= v <= payload.V


def decode_payload(type_: str, v: int, data: EventData) -> Payload:
    """Return the payload, of the newest version, for a row's data.

    Raises UnknownVersion for a row of a newer release, InvalidEvent for data that does not fit its schema.
    """
    if not is_known(type_, v):
        raise UnknownVersion(f"{type_} version {v} is newer than this release knows")
    payload = PAYLOADS[type_]
    try:
        return payload.model_validate(upcast(type_, v, data))
    except (ValidationError, KeyError, TypeError) as error:
        raise InvalidEvent(f"{type_} version {v}: {_summary(error)}") from None


def upcast(type_: str, v: int, data: EventData) -> EventData:
    """Return the data in the form of the newest version; data of the newest version is returned unchanged."""
    for version in range(v, PAYLOADS[type_].V):
        data = UPCASTERS[type_, version](data)
    return data


def _summary(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return repr(error)
