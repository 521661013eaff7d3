"""Reasons for the state of a delivery: fixed words, which users may see. Answers of servers are for operators only."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons; docs/howto/mail.md explains each one to users."""

    QUIET_HOURS = "quiet_hours"
    TASK_COMPLETED = "task_completed"
    TASK_DELETED = "task_deleted"
    NO_ADDRESS = "no_address"
    ADDRESS_NOT_VERIFIED = "address_not_verified"
    CHANNEL_OFF = "channel_off"
    HOURLY_LIMIT = "hourly_limit"
    IN_DIGEST = "in_digest"
    SERVER_UNAVAILABLE = "mail_server_unavailable"
    MAIL_REFUSED = "mail_refused"
    ADDRESS_REFUSED = "address_refused"
    ADDRESS_INVALID = "address_invalid"
    NO_DEVICE = "no_device"
    PUSH_UNAVAILABLE = "push_service_unavailable"
    PUSH_REFUSED = "push_refused"
    NOT_SENDABLE = "not_sendable"
    SENDER_BUSY = "sender_busy"
    SENDER_STOPPED = "sender_stopped"
    OUTCOME_UNKNOWN = "outcome_unknown"
    INTERNAL_ERROR = "internal_error"
    USER_INACTIVE = "user_inactive"
    UNKNOWN_CHANNEL = "unknown_channel"
    RESENT = "resent"
    OTHER = "other"


_WORDS = frozenset(Reason)


def public_reason(stored: str) -> str:
    """Return a stored reason for users. Text that an older release stored may come from a server: return `other`."""
    return stored if not stored or stored in _WORDS else Reason.OTHER
