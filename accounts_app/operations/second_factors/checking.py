"""The code that a sign-in needs beside the password.

Who tries codes has the password already, so five wrong ones lock the factor for a while, whoever sends them.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal

from accounts_app.credentials.encryption import UnknownSecretKey, decrypt_secret, encrypt_anew
from accounts_app.credentials.hashes import hash_text
from accounts_app.credentials.one_time_codes import is_authenticator_code, plain_code, step_of_code
from accounts_app.errors import SecondFactorRefused, SecondFactorRequired, TooManyAttempts
from accounts_app.models import Attempt, RecoveryCode, SecondFactor, User
from accounts_app.operations.security.records import log_security, whence
from foundation.counters import count
from foundation.database.transactions import database_now, write_transaction

TRIES: Final = 5
LOCKED: Final = timedelta(minutes=15)
Used = Literal["none", "code", "recovery_code"]


def check_second_factor(user: User, typed: str) -> Used:
    """Use up a code of the user's second factor and return its kind; "none" for a user without a second factor.

    Raises SecondFactorRequired without a code, SecondFactorRefused for a wrong or used one, and TooManyAttempts for 15
    minutes after five wrong ones.
    """
    if not SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        return "none"
    if not typed:
        raise SecondFactorRequired
    used, locked_seconds = use_code(user, typed)
    if locked_seconds:
        count("second_factor.locked")
        log_security("account.second_factor_locked", user_id=user.pk)
        raise TooManyAttempts(retry_after_seconds=locked_seconds)
    if used is None:
        log_security("account.second_factor_failed", user_id=user.pk)
        _count_failure(user)
        raise SecondFactorRefused
    return used


def _count_failure(user: User) -> None:
    """Leave a failed sign-in for the sweep that counts them; see `record_signin_failures`."""
    digest, now = hash_text(f"second factor {user.pk}"), database_now()
    with write_transaction():
        is_locked = SecondFactor.objects.filter(user=user, locked_until__gt=now).exists()
        Attempt.objects.create(digest=digest, at=now, user=user, fills_limit=is_locked, **whence())


def use_code(user: User, typed: str) -> tuple[Used | None, int]:
    """Use up a code; return its kind, or None for a wrong one, and for how many seconds no code is tried.

    Of two calls at once with the same code, one gets its kind. A good code of the authenticator leaves its secret under
    the present SECRET_KEY.
    """
    with write_transaction():
        factor = SecondFactor.objects.select_for_update(no_key=True).filter(user=user).first()
        now = database_now()
        if factor is None:
            return None, 0
        if factor.locked_until is not None and factor.locked_until > now:
            return None, ceil((factor.locked_until - now).total_seconds())
        used = _match(factor, plain_code(typed), now=now)
        factor.wrong_codes = 0 if used else factor.wrong_codes + 1
        if factor.wrong_codes >= TRIES:
            factor.wrong_codes, factor.locked_until = 0, now + LOCKED
        factor.save(update_fields=["sealed_secret", "last_step", "wrong_codes", "locked_until"])
    return used, 0


def _match(factor: SecondFactor, code: str, *, now: datetime) -> Used | None:
    if is_authenticator_code(code):
        step = _step_of(factor, code, now=now)
        if step is None:
            return None
        factor.last_step, factor.sealed_secret = step, encrypt_anew(factor.sealed_secret)
        return "code"
    unused = RecoveryCode.objects.filter(factor=factor, digest=hash_text(code), used_at=None)
    return "recovery_code" if unused.update(used_at=now) else None


def _step_of(factor: SecondFactor, code: str, *, now: datetime) -> int | None:
    try:
        secret = decrypt_secret(factor.sealed_secret)
    except UnknownSecretKey:  # encrypted under a key that is gone: recovery codes still work
        log_security("account.second_factor_unreadable", user_id=factor.user_id)
        return None
    return step_of_code(secret, code, at=now, after=factor.last_step)
