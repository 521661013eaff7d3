"""The secret keys under which marks are accepted, and the digest that names a stored hash."""

from django.conf import settings
from django.utils.crypto import salted_hmac


def accepted_secrets() -> tuple[str, ...]:
    """Return the present secret key and the former ones that still count."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def digest_of_hash(password: str, *, secret: str) -> str:
    """Return what names a stored hash beside what was marked with its forerunners, under one secret key."""
    return salted_hmac("accounts_app.hashes", password, secret=secret, algorithm="sha256").hexdigest()[:32]
