"""Secrets that the platform must be able to read again, encrypted under the secret key."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.utils.crypto import salted_hmac

from accounts_app.credentials.secret_keys import accepted_secrets


class UnknownSecretKey(Exception):
    """The text was encrypted under a secret key that is no longer accepted."""


def encrypt_secret(secret: str) -> str:
    """Return a secret encrypted under SECRET_KEY: a database alone, or its backup, does not show it."""
    return _keys(accepted_secrets()).encrypt(secret.encode()).decode()


def decrypt_secret(encrypted: str) -> str:
    """Return what `encrypt_secret` was given under SECRET_KEY or a fallback; raise UnknownSecretKey for other texts."""
    try:
        return _keys(accepted_secrets()).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise UnknownSecretKey from None


def encrypt_anew(encrypted: str) -> str:
    """Return the same secret under the present SECRET_KEY: the text itself where it is; raise UnknownSecretKey.

    Before a fallback is dropped everything that is encrypted under it must have passed through here.
    """
    present, *_ = accepted_secrets()
    try:
        _keys((present,)).decrypt(encrypted.encode())
    except InvalidToken:
        return _rotate(encrypted)
    return encrypted


def is_under_present_key(encrypted: str) -> bool:
    """Return whether a text is encrypted under SECRET_KEY, not under a fallback; raise UnknownSecretKey for others."""
    present, *_ = accepted_secrets()
    try:
        _keys((present,)).decrypt(encrypted.encode())
    except InvalidToken:
        decrypt_secret(encrypted)
        return False
    return True


def _rotate(encrypted: str) -> str:
    try:
        return _keys(accepted_secrets()).rotate(encrypted.encode()).decode()
    except InvalidToken:
        raise UnknownSecretKey from None


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_derive(each))) for each in secrets])


def _derive(secret: str) -> bytes:
    return salted_hmac("accounts_app.encryption", "key", secret=secret, algorithm="sha256").digest()
