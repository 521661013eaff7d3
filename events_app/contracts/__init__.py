"""The payloads of events, strictly typed and versioned. Business apps have only these in common."""

from events_app.contracts.accounts import (
    AccountRenamed,
    EmailChanged,
    PasswordChanged,
    RefreshReused,
    Rights,
    RightsChanged,
    SecondFactorChanged,
    SecurityEvent,
    SignedIn,
    SignInFailures,
    SignInsEnded,
)
from events_app.contracts.base import (
    ContractError,
    InvalidEvent,
    Payload,
    PrintedPayload,
    UnknownVersion,
    replaced_values,
)
from events_app.contracts.notifications import NotificationCreated, NotificationRead, NotificationSnapshot
from events_app.contracts.personal_tokens import TokenCreated, TokenRevoked
from events_app.contracts.preferences import PreferencesSnapshot, PreferencesUpdated
from events_app.contracts.recorded import CLOSED, RecordedEvent, closed_key, stream_key, user_of
from events_app.contracts.registry import PAYLOADS, decode_payload
from events_app.contracts.reminders import ReminderCancelled, ReminderDue, ReminderEvent, ReminderScheduled
from events_app.contracts.saved_views import ViewChanged, ViewSnapshot
from events_app.contracts.tags import TagChanged, TagSnapshot
from events_app.contracts.tasks import (
    RecurrenceSnapshot,
    ReminderSnapshot,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskEvent,
    TaskSnapshot,
    TaskUpdated,
)

__all__ = [
    "CLOSED",
    "PAYLOADS",
    "AccountRenamed",
    "ContractError",
    "EmailChanged",
    "InvalidEvent",
    "NotificationCreated",
    "NotificationRead",
    "NotificationSnapshot",
    "PasswordChanged",
    "Payload",
    "PreferencesSnapshot",
    "PreferencesUpdated",
    "PrintedPayload",
    "RecordedEvent",
    "RecurrenceSnapshot",
    "RefreshReused",
    "ReminderCancelled",
    "ReminderDue",
    "ReminderEvent",
    "ReminderScheduled",
    "ReminderSnapshot",
    "Rights",
    "RightsChanged",
    "SecondFactorChanged",
    "SecurityEvent",
    "SignInFailures",
    "SignInsEnded",
    "SignedIn",
    "TagChanged",
    "TagSnapshot",
    "TaskCompleted",
    "TaskCreated",
    "TaskDeleted",
    "TaskEvent",
    "TaskSnapshot",
    "TaskUpdated",
    "TokenCreated",
    "TokenRevoked",
    "UnknownVersion",
    "ViewChanged",
    "ViewSnapshot",
    "closed_key",
    "decode_payload",
    "replaced_values",
    "stream_key",
    "user_of",
]
