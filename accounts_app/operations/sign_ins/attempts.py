"""Attempts to sign in and to register, bounded before the caller is known.

An attempt takes a place at the gate of hashing and is checked against the limit of its address before its body is
read; it is counted before anything is hashed. No limit counts by name alone: somebody who tries a name from another
address cannot keep its owner from signing in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.hashers import verify_password as check_hash
from rest_framework.exceptions import APIException

from accounts_app.errors import HashingBusy, SignInRefused, TooManyAttempts
from accounts_app.hashing.gate import hashing_gate
from accounts_app.models import Attempt, User
from accounts_app.names.keys import name_key
from accounts_app.operations.second_factors.checking import Used, check_second_factor
from accounts_app.operations.security.records import log_security
from accounts_app.operations.sign_ins.limits import (
    Limit,
    check_limits,
    count_attempt,
    delete_attempts,
    settle_attempts,
)
from accounts_app.operations.sign_ins.name_keys import adopt_key
from accounts_app.operations.sign_ins.password_hashes import upgrade_hash

_LIMITED: Final = "account.sign_in_limited"


class SignInAttempt:
    """One attempt from an address; it counts as failed until the password was right."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._from_address = Limit(("sign-in from", address), settings.FAILED_SIGNINS_PER_ADDRESS)
        self._counted: list[Attempt] = []
        try:
            check_limits(self._from_address)
        except TooManyAttempts:
            log_security(_LIMITED, user_id=None)
            raise

    def verify(self, username: str, password: str) -> User:
        """Return the active user with this name and password; raise SignInRefused or TooManyAttempts.

        Takes as long for an unknown name as for a wrong password.
        """
        as_name = Limit(("sign-in", name_key(username), self._address), settings.FAILED_SIGNINS_PER_MINUTE)
        try:
            self._counted = count_attempt(as_name, self._from_address, under_way=True)
        except TooManyAttempts:
            tried = User.objects.find_by_name(username)
            log_security(_LIMITED, user_id=None if tried is None else tried.pk)
            raise
        user = User.objects.find_by_name(username)
        is_right, is_old = _check_password(user, password)
        if user is None or not is_right or not user.is_active:
            settle_attempts(self._counted, user_id=None if user is None else user.pk)
            log_security("account.sign_in_failed", user_id=None if user is None else user.pk)
            raise SignInRefused
        self.discard()
        if is_old:
            upgrade_hash(user, password)
        if user.username_key is None:
            adopt_key(user)
        return user

    def verify_both(self, username: str, password: str, code: str) -> tuple[User, Used]:
        """Return the user as `verify` does, and which second factor the `code` was; "" is no code.

        The code is looked at only where the password is right. Raises also as `check_second_factor` does.
        """
        user = self.verify(username, password)
        return user, check_second_factor(user, code)

    def count_refusal(self) -> None:
        """Count an attempt that was refused before its password was checked, such as one with an invalid body."""
        if not self._counted:
            self._counted = count_attempt(self._from_address)

    def discard(self) -> None:
        """Delete the counted attempts: the password was right, or was not checked."""
        delete_attempts(self._counted)
        self._counted = []


def _check_password(user: User | None, password: str) -> tuple[bool, bool]:
    """Return whether the password is right and whether its hash is outdated; without a user it takes as long."""
    if user is None:
        make_password(password)
        return False, False
    return check_hash(password, user.password)


@contextmanager
def sign_in_attempt(address: str) -> Iterator[SignInAttempt]:
    """Begin an attempt from the client's `address`; an error of the API inside the block counts as a failure.

    Raises HashingBusy or TooManyAttempts before the block runs, and then writes nothing.
    """
    with hashing_gate().place():
        attempt = SignInAttempt(address)
        try:
            yield attempt
        except HashingBusy:
            attempt.discard()
            raise
        except APIException:
            attempt.count_refusal()
            raise


@contextmanager
def registration_attempt(address: str) -> Iterator[None]:
    """Begin a registration from the client's `address`; it counts whether it succeeds or fails, unless hashing is busy.

    Raises HashingBusy or TooManyAttempts before the block runs, and then writes nothing.
    """
    with hashing_gate().place():
        rows = count_attempt(Limit(("registration", address), settings.REGISTRATIONS_PER_MINUTE))
        try:
            yield
        except HashingBusy:
            delete_attempts(rows)
            raise
