"""Rehashing of passwords, which does not end sign-ins."""

from contextlib import suppress

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts_app.credentials.secret_keys import fingerprint_password
from accounts_app.errors import HashingBusy
from accounts_app.models import EARLIER_HASHES, User
from foundation.database.transactions import write_transaction


def upgrade_hash(user: User, password: str) -> None:
    """Hash a right password anew, with today's parameters, and store it; while hashing is busy do nothing.

    Tokens and sessions with the mark of the old hash stay valid until the password changes. If the stored hash has
    changed since the user was read, nothing is stored, and this user object keeps the old hash.
    """
    with suppress(HashingBusy):
        encoded = make_password(password)
        earlier = [user.get_session_auth_hash(), *user.earlier_hashes][:EARLIER_HASHES]
        upgraded = ",".join((fingerprint_password(encoded, secret=settings.SECRET_KEY), *earlier))
        with write_transaction():
            row = User.objects.filter(pk=user.pk, password=user.password)
            if row.update(password=encoded, upgraded_from=upgraded):
                user.password, user.upgraded_from = encoded, upgraded
