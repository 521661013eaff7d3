"""Accepted secret keys, and fingerprints of password hashes that are made with one of them."""

from django.conf import settings
from django.utils.crypto import salted_hmac


def accepted_secrets() -> tuple[str, ...]:
    """Return SECRET_KEY and SECRET_KEY_FALLBACKS: signatures under each of them are accepted."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def fingerprint_password(encoded: str, *, secret: str) -> str:
    """Return the fingerprint of a stored password hash under one secret key; `User.upgraded_from` begins with it."""
    return salted_hmac("accounts_app.hashes", encoded, secret=secret, algorithm="sha256").hexdigest()[:32]
