"""Encryption of push messages for one browser (RFC 8291), as one record of `aes128gcm` (RFC 8188). Pure.

The package `http-ece` does the same. It comes as source only, and builds of the platform take wheels alone; what is
left beside `cryptography`, which encrypts second factors already, are the steps below, each with its section.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTH_BYTES: Final = 16
POINT_BYTES: Final = 65
SALT_BYTES: Final = 16
_RECORD_SIZE: Final = 4096
_LAST_RECORD: Final = b"\x02"


def encrypt_message(
    text: bytes,
    *,
    p256dh: bytes,
    auth: bytes,
    salt: bytes | None = None,
    sender: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Return the body of a push message that only the browser with these keys can read.

    `p256dh` is its public key, an uncompressed point; `auth` the secret that it shares with us. `salt` and the key of
    the `sender` are new for each message; tests pass those of the RFC. Raises ValueError for a point off the curve.
    """
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    own = encode_point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), decode_point(p256dh))
    # RFC 8291, section 3.4
    secret = _derive(shared, salt=auth, info=b"WebPush: info\x00" + p256dh + own, length=32)
    # RFC 8188, sections 2.2 and 2.3
    key = _derive(secret, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _derive(secret, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
    # RFC 8188, section 2.1: the header is salt, size of records, length of the key's id, the id
    header = salt + _RECORD_SIZE.to_bytes(4, "big") + bytes([len(own)]) + own
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def decode_point(point: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of an uncompressed point of P-256; raise ValueError for anything else."""
    if len(point) != POINT_BYTES:
        raise ValueError(f"a point has {POINT_BYTES} bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def encode_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode_base64(value: bytes) -> str:
    """Return bytes as base64url without padding, as browsers write keys."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64url, padded or not; raise ValueError for anything else."""
    text = text.rstrip("=")
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64(value) != text:  # the decoder ignores characters that are none of its own
        raise ValueError("this is no base64url")
    return value


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
