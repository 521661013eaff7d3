"""Registration, new names, and passwords that operators set."""

from functools import partial
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts_app.errors import RegistrationClosed, UsernameTaken
from accounts_app.models import User
from accounts_app.names.keys import name_key, normalize_name
from accounts_app.operations.mail.links import plan_link
from accounts_app.operations.passwords.changing import confirm_password, store_password
from accounts_app.operations.passwords.strength import check_strength
from accounts_app.operations.security.records import log_security, note_in, whence
from events_app.contracts import AccountRenamed
from events_app.log.write import writing
from foundation import counters
from foundation.database.transactions import write_transaction
from foundation.http.client_addresses import FORWARDED_IGNORED

UNLESS_PROXIED: Final = "unless proxied"
"""The value of `settings.REGISTRATION` that closes it once a request has come through a proxy that nobody trusts."""


def demand_open_registration() -> None:
    """Raise RegistrationClosed where people do not make accounts themselves; see TODO_REGISTRATION."""
    is_proxied = FORWARDED_IGNORED in counters.snapshot()
    if settings.REGISTRATION != "open" and (settings.REGISTRATION != UNLESS_PROXIED or is_proxied):
        raise RegistrationClosed


def register_user(username: str, password: str, *, email: str = "", time_zone: str = "UTC") -> User:
    """Insert a user. The name is valid (`validate_name`), `email` canonical and unverified: a link is mailed there.

    Raises UsernameTaken, also for a name that looks the same, PasswordRefused with all reasons, or HashingBusy.
    """
    if User.objects.find_by_name(username) is not None:
        raise UsernameTaken
    user = User(
        username=normalize_name(username),
        email=email,
        time_zone=time_zone,
    )
    check_strength(password, user)
    user.set_password(password)
    try:
        with write_transaction():
            user.save(force_insert=True)
            transaction.on_commit(partial(log_security, "account.registered", user_id=user.pk, **whence()))
            if email:
                plan_link(user, email)
    except IntegrityError:
        if User.objects.find_by_name(username) is not None:
            raise UsernameTaken from None
        raise
    return user


def change_password(user: User, password: str) -> User:
    """Set a password as an operator and end every sign-in that began under the old one; return the user.

    Raises PasswordRefused with all reasons, or HashingBusy.
    """
    check_strength(password, user)
    return store_password(user, password, how="by_an_operator")


def rename_user(user: User, username: str, password: str, *, address: str) -> User:
    """Give the caller another name and record `account.renamed`; return the user.

    The name is valid (`validate_name`). Sign-ins go on; the old name is free. `address` is the network address of the
    client. Raises PasswordWrong, UsernameTaken, also for a name that looks the same as another user's, TooManyAttempts
    or HashingBusy.
    """
    confirm_password(user, password, address=address)
    name = normalize_name(username)
    other = User.objects.find_by_name(name)
    if other is not None and other.pk != user.pk:
        raise UsernameTaken
    try:
        with writing(user.pk) as log:
            owner = User.objects.get(pk=user.pk)
            previous, owner.username, owner.username_key = owner.username, name, name_key(name)
            owner.save(update_fields=["username", "username_key"])
            if previous != name:
                note_in(log, AccountRenamed(username=name, previous_username=previous, **whence()))
    except IntegrityError:  # another user took it at the same time
        raise UsernameTaken from None
    return owner
