"""Hashes under which secrets and names are stored. Pure."""

from hashlib import sha256


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text, in hex. A secret needs no salt and no slow hash when it is random and long."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
