"""The rows of accounts: people, what signs them in, mails about accounts, and what is kept about calls."""

from accounts_app.models.calls import KeyCount, KeyedAnswer, WriteBucket
from accounts_app.models.mails import AccountMail, AddressRequest, PasswordLink
from accounts_app.models.people import EARLIER_HASHES, User, UserManager
from accounts_app.models.personal_tokens import PersonalToken
from accounts_app.models.preferences import (
    CHANNEL_NAMES,
    WeekStart,
    default_channels,
    validate_channels,
    validate_time_zone,
)
from accounts_app.models.second_factors import RecoveryCode, SecondFactor
from accounts_app.models.sign_ins import (
    Attempt,
    BrowserSession,
    RefreshFamily,
    SignInFailureCount,
    SocketTicket,
)

__all__ = [
    "CHANNEL_NAMES",
    "EARLIER_HASHES",
    "AccountMail",
    "AddressRequest",
    "Attempt",
    "BrowserSession",
    "KeyCount",
    "KeyedAnswer",
    "PasswordLink",
    "PersonalToken",
    "RecoveryCode",
    "RefreshFamily",
    "SecondFactor",
    "SignInFailureCount",
    "SocketTicket",
    "User",
    "UserManager",
    "WeekStart",
    "WriteBucket",
    "default_channels",
    "validate_channels",
    "validate_time_zone",
]
