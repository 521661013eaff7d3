"""Errors of accounts.

DomainError
├── UsernameTaken, PasswordRefused     registration
├── SignInRefused                      wrong name or password, or deactivated: the answer does not say which
├── TokenRefused                       a bad, expired, revoked, rotated or foreign token
├── ScopeMissing                       the personal token of the call has not the scope that it needs
├── TooManyTokens                      the user has as many personal tokens as there may be
├── TokenAbsent                        the caller has no such personal token
├── TicketInvalid                      an unknown, used or expired socket ticket
├── PasswordWrong                      not the caller's own password
├── SecondFactorRequired               the password is right, and a code is missing
├── SecondFactorRefused                the code of the second factor is wrong or was used
├── CodeWrong                          the same, where the caller is signed in already
├── SecondFactorOn, SecondFactorOff    there is one already, or none
├── SignInNotFound                     the caller has no open sign-in with this id
├── RegistrationClosed                 people do not make accounts themselves here
├── ExportRunning                      the user has another export under way
├── LastSuperuser                      nobody else could look after staff
├── LinkInvalid                        an unknown, used, replaced or expired link of a mail
├── AddressInUse                       the mail address is another account's
├── TooManyAttempts                    try again after `retry_after_seconds`
├── TooManyWrites                      the caller writes too fast; try again after `retry_after_seconds`
├── CallTooCostly                      one call writes more than a full bucket holds
├── TooManyKeys                        too many new Idempotency-Keys in a day; try again after `retry_after_seconds`
├── HashingBusy                        too many passwords are being hashed; try again after a second
├── KeyRefused, KeyReused              an Idempotency-Key that is malformed, or was sent with another request
└── CallRunning                        the same call is running; try again after `retry_after_seconds`
"""

from collections.abc import Sequence

from accounts_app.operations.write_rates.policies import BucketLevel
from foundation.http.errors import DomainError


class UsernameTaken(DomainError):
    code = "taken"
    detail = "This username is taken."

    def __init__(self) -> None:
        super().__init__(field="username")


class PasswordRefused(DomainError):
    code = "password_refused"
    detail = "The password is too weak."


class SignInRefused(DomainError):
    status = 401
    code = "sign_in_refused"
    detail = "No active account has this name and password."


class TokenRefused(DomainError):
    status = 401
    code = "token_not_valid"
    detail = "The token is not valid or no longer so."


class ScopeMissing(DomainError):
    """`needed` is the scope that would do, or None if no personal token may make the call."""

    status = 403
    code = "insufficient_scope"

    def __init__(self, needed: str | None) -> None:
        self.needed = needed
        super().__init__(
            f"This token needs the scope {needed} for this."
            if needed
            else "No personal token may do this: sign in with name and password."
        )


class TooManyTokens(DomainError):
    status = 409
    code = "too_many_tokens"
    detail = "50 tokens are live: revoke one that is not needed any more."


class TokenAbsent(DomainError):
    status = 404
    code = "not_found"
    detail = "There is no such token, or it was revoked."


class TicketInvalid(DomainError):
    status = 401
    code = "ticket_not_valid"
    detail = "The ticket is unknown, used or expired."


class PasswordWrong(DomainError):
    """Not 401: the caller is signed in and stays signed in."""

    code = "wrong_password"
    detail = "This is not your password."

    def __init__(self, field: str = "password") -> None:
        super().__init__(field=field)


class SecondFactorRequired(DomainError):
    status = 401
    code = "second_factor_required"
    detail = "This account has a second factor: send its code as well, in `code`."


class SecondFactorRefused(DomainError):
    status = 401
    code = "second_factor_refused"
    detail = "This code is wrong, used or too old: send the one that your authenticator shows now."


class CodeWrong(DomainError):
    """Not 401: the caller is signed in and stays signed in."""

    code = "wrong_code"
    detail = "This code is wrong, used or too old: send the one that your authenticator shows now."

    def __init__(self) -> None:
        super().__init__(field="code")


class SecondFactorOn(DomainError):
    status = 409
    code = "second_factor_on"
    detail = "The second factor is on already; turn it off to begin anew."


class SecondFactorOff(DomainError):
    status = 409
    code = "second_factor_off"
    detail = "There is no second factor: POST to /api/auth/second-factor/ to begin."


class SignInNotFound(DomainError):
    status = 404
    code = "not_found"
    detail = "You have no open sign-in with this id."


class RegistrationClosed(DomainError):
    status = 403
    code = "registration_closed"
    detail = "Registration is closed: ask the operator for an account."


class ExportRunning(DomainError):
    status = 409
    code = "export_running"
    detail = "Another export of this account is under way: let it end, or try again in a minute."


class LastSuperuser(DomainError):
    status = 409
    code = "last_superuser"
    detail = "This is the last superuser: make somebody else one first."


class LinkInvalid(DomainError):
    code = "link_not_valid"
    detail = "The link is unknown, used, replaced by a newer one or too old. Ask for a new one."


class AddressInUse(DomainError):
    """Shown only to a person who reads the mail of that address."""

    status = 409
    code = "address_in_use"
    detail = "Another account has confirmed this address."


class TooManyAttempts(DomainError):
    status = 429
    code = "too_many_attempts"
    detail = "Too many attempts; try again later."


class TooManyWrites(DomainError):
    status = 429
    code = "too_many_writes"
    detail = "Too many writes; try again later."

    def __init__(self, detail: str, *, levels: Sequence[BucketLevel], retry_after_seconds: int) -> None:
        self.levels = levels
        super().__init__(detail, retry_after_seconds=retry_after_seconds)


class CallTooCostly(DomainError):
    status = 413
    code = "too_much_at_once"
    detail = "This is more than one call may write; send it in parts."


class TooManyKeys(DomainError):
    status = 429
    code = "too_many_keys"
    detail = "Too many Idempotency-Keys within 24 hours; those that were sent before still answer."


class HashingBusy(DomainError):
    status = 503
    code = "hashing_busy"
    detail = "Too many people are signing in at this moment; try again in a second."


class KeyRefused(DomainError):
    code = "invalid_key"

    def __init__(self, key: str) -> None:
        at = next((index for index, each in enumerate(key, 1) if not "!" <= each <= "~"), None)
        wrong = f"Character {at} is none of them" if at else f"This one has {len(key)}"
        super().__init__(
            f"An Idempotency-Key has 1 to 255 visible ASCII characters. {wrong}.", field="Idempotency-Key"
        )


class KeyReused(DomainError):
    status = 422
    code = "key_reused"
    detail = "This Idempotency-Key was sent with another request; use a new one."


class CallRunning(DomainError):
    status = 409
    code = "still_running"
    detail = "The same call is being carried out; ask again."
