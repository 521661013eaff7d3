"""Digests of random secrets, as they are stored. Pure."""

from hashlib import sha256


def digest_of(token: str) -> str:
    """Return the SHA-256 by which a token is kept."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
