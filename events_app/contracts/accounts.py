"""Security events: what happened to an account. They are in the log and the audit trail only, never published."""

from typing import ClassVar, Literal

from pydantic import Field

from events_app.contracts.base import Contract, Instant, Payload


class SecurityEvent(Payload):
    """The fields that all security events have: the network address and the User-Agent of the call that caused it.

    Who acted, and under which request id, stands beside the payload, as for every event.
    """

    address: str
    client: str


class SignedIn(SecurityEvent):
    """Somebody signed in with the password; `sign_in_id` is the id in the list of sign-ins."""

    TYPE: ClassVar[str] = "account.signed_in"

    kind: Literal["tokens", "session"]
    sign_in_id: str | None = None
    second_factor: Literal["none", "code", "recovery_code"] = "none"


class SignInsEnded(SecurityEvent):
    """Sign-ins were ended: the one of `sign_in_id`, or all others; by themselves they expire without an event."""

    TYPE: ClassVar[str] = "account.sign_ins_ended"

    reason: Literal["signed_out", "ended", "others_ended", "by_an_operator"]
    sign_in_id: str | None = None


class SignInFailures(SecurityEvent):
    """Sign-ins failed, `failures` of them since `since`; there is one such event an hour at most.

    `address` and `client` are those of the last one. `locked_out`: there were so many that further ones were refused
    unread for a while, from one address or with any code.
    """

    TYPE: ClassVar[str] = "account.signin_failures"

    failures: int = Field(ge=1)
    since: Instant
    until: Instant
    locked_out: bool = False


class RefreshReused(SecurityEvent):
    """A refresh token that had been exchanged before came again: it was stolen, and its sign-in was ended."""

    TYPE: ClassVar[str] = "account.refresh_reused"

    sign_in_id: str


class PasswordChanged(SecurityEvent):
    """The password was changed by its owner, reset by a link in a mail, or set or removed by an operator."""

    TYPE: ClassVar[str] = "account.password_changed"

    how: Literal["changed", "reset", "by_an_operator", "removed"]


class EmailChanged(SecurityEvent):
    """Another mail address was requested or confirmed, or the address was removed."""

    TYPE: ClassVar[str] = "account.email_changed"

    how: Literal["requested", "confirmed", "removed", "by_an_operator"]


class AccountRenamed(SecurityEvent):
    """The account has another username."""

    TYPE: ClassVar[str] = "account.renamed"

    username: str
    previous_username: str


class SecondFactorChanged(SecurityEvent):
    """The second factor was turned on or off."""

    TYPE: ClassVar[str] = "account.second_factor_changed"

    enabled: bool
    by_operator: bool = False


class Rights(Contract):
    """What an account may do."""

    is_active: bool
    is_staff: bool
    is_superuser: bool
    groups: list[str]
    permissions: list[str]


class RightsChanged(SecurityEvent):
    """An operator changed what the account may do."""

    TYPE: ClassVar[str] = "account.rights_changed"

    rights: Rights
    previous_rights: Rights
