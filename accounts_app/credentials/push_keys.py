"""The key by which push services recognise this installation (VAPID, RFC 8292): its forms, private and public."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


def private_push_key() -> ec.EllipticCurvePrivateKey | None:
    """Return the private key, or None where there is none: then no browser can be pushed to."""
    return _derive(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else None


def public_push_key() -> str | None:
    """Return the public key as browsers take it, an uncompressed point in base64url, or None."""
    key = private_push_key()
    if key is None:
        return None
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=4)
def _derive(text: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(urlsafe_b64decode(text + "="), "big")
    return ec.derive_private_key(number, ec.SECP256R1())
