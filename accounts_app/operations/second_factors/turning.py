"""Turning the second factor of an account on and off."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.encryption import encrypt_secret
from accounts_app.credentials.hashes import hash_text
from accounts_app.credentials.one_time_codes import (
    new_recovery_codes,
    new_secret,
    plain_code,
    provisioning_uri,
)
from accounts_app.credentials.qr_codes import qr_rows
from accounts_app.errors import CodeWrong, SecondFactorOff, SecondFactorOn, TooManyAttempts
from accounts_app.models import AccountMail, RecoveryCode, SecondFactor, User
from accounts_app.operations.mail.links import plan_mail
from accounts_app.operations.passwords.changing import confirm_password, end_sign_ins
from accounts_app.operations.second_factors.checking import use_code
from accounts_app.operations.security.records import note_in, whence
from events_app.contracts import SecondFactorChanged
from events_app.log.write import Log, writing
from foundation.database.transactions import database_now

_ISSUER: Final = "Todo"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs, shown once."""

    secret: str
    uri: str
    qr: list[str]
    """The URI as a QR code: see `qr_rows`."""


def begin_second_factor(user: User) -> Enrolment:
    """Make a new secret for a user; it counts once a code of it is confirmed. One before that was not is replaced.

    Raises SecondFactorOn.
    """
    secret = new_secret()
    with writing(user.pk):
        if SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
            raise SecondFactorOn
        SecondFactor.objects.filter(user=user).delete()
        SecondFactor.objects.create(user=user, sealed_secret=encrypt_secret(secret))
    host = urlsplit(settings.BASE_URL).hostname
    issuer = f"{_ISSUER} ({host})" if host else _ISSUER
    uri = provisioning_uri(secret, username=user.username, issuer=issuer)
    return Enrolment(secret, uri, qr_rows(uri))


def confirm_second_factor(user: User, code: str, *, kept: Credential) -> list[str]:
    """Turn the second factor on with a first code, end all other sign-ins, and return the recovery codes, once.

    Raises SecondFactorOn, SecondFactorOff when none was begun, CodeWrong, or TooManyAttempts.
    """
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise SecondFactorOff
    if factor.confirmed_at is not None:
        raise SecondFactorOn
    _demand_code(user, code)
    codes = new_recovery_codes()
    with writing(user.pk) as log:
        confirmed = SecondFactor.objects.filter(pk=factor.pk, confirmed_at=None).update(
            confirmed_at=database_now()
        )
        if not confirmed:
            raise SecondFactorOn
        RecoveryCode.objects.bulk_create(
            RecoveryCode(factor=factor, digest=hash_text(plain_code(each))) for each in codes
        )
        end_sign_ins(user, reason="second factor", kept=kept)
        _tell(user, log, enabled=True)
    return codes


def end_second_factor(user: User, *, password: str, code: str, address: str) -> None:
    """Turn the second factor off, with the password and a code; a recovery code does as well.

    Raises PasswordWrong, SecondFactorOff, CodeWrong, TooManyAttempts or HashingBusy.
    """
    confirm_password(user, password, address=address)
    if not SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise SecondFactorOff
    _demand_code(user, code)
    remove_second_factor(user)


def remove_second_factor(user: User, *, by_operator: bool = False) -> bool:
    """Turn a user's second factor off and record it; return whether it was on. Repeating is harmless.

    One that was begun and never confirmed goes without a word: it was not on.
    """
    with writing(user.pk) as log:
        factors = SecondFactor.objects.filter(user=user)
        was_on = factors.filter(confirmed_at__isnull=False).exists()
        factors.delete()
        if was_on:
            _tell(user, log, enabled=False, by_operator=by_operator)
    return was_on


def _demand_code(user: User, code: str) -> None:
    used, locked_seconds = use_code(user, code)
    if locked_seconds:
        raise TooManyAttempts(retry_after_seconds=locked_seconds)
    if used is None:
        raise CodeWrong


def _tell(user: User, log: Log, *, enabled: bool, by_operator: bool = False) -> None:
    note_in(log, SecondFactorChanged(enabled=enabled, by_operator=by_operator, **whence()))
    if user.is_email_verified:
        plan_mail(AccountMail.Kind.SECOND_FACTOR_CHANGED, user, user.email)
