"""The keys of the trail. They are not in the database: who can only write there cannot make an entry that verifies.

`settings.AUDIT_KEYS` lists them as `version:key`; the first one is used for what is new. Each purpose has a key of its
own, derived from the listed one, so that a seal of one kind never passes for another.
"""

from collections.abc import Mapping
from functools import lru_cache
from hmac import compare_digest, digest
from types import MappingProxyType
from typing import Final, NamedTuple

from django.conf import settings

# Version of an entry without a key.
UNKEYED: Final = 0
# Parts of every hash and seal that is stored: names, which stay whatever this module is called.
_ENTRY_PURPOSE: Final = "audit_app.entry"
_SEAL_PURPOSE: Final = "audit_app.seal"
_ID_PURPOSE: Final = "audit_app.id"


class ChainKey(NamedTuple):
    """A key for entries, and its version."""

    version: int
    secret: bytes


class Seal(NamedTuple):
    """The version of the key that a seal is made with, and the seal, 64 hexadecimal digits."""

    key_version: int
    mark: str


def present_key() -> ChainKey:
    """Return the key for new entries."""
    version = _present_version(settings.AUDIT_KEYS)
    return ChainKey(version, entry_secrets()[version])


def entry_secrets() -> Mapping[int, bytes]:
    """Return the keys for entries by version."""
    return _derive_all(tuple(settings.AUDIT_KEYS), _ENTRY_PURPOSE)


def key_ids() -> Mapping[int, str]:
    """Return a name of each key by its version: 16 hexadecimal digits, from which nobody finds the key."""
    derived = _derive_all(tuple(settings.AUDIT_KEYS), _ID_PURPOSE)
    return {version: secret.hex()[:16] for version, secret in derived.items()}


def sign_values(kind: str, *values: object) -> Seal:
    """Return our seal of these values, which are of this kind, under the present key."""
    version = _present_version(settings.AUDIT_KEYS)
    return Seal(version, _mark(_seal_secrets()[version], kind, values))


def is_sealed(found: Seal, kind: str, *values: object) -> bool:
    """Return whether a seal of these values is ours, under any key that we know."""
    secret = _seal_secrets().get(found.key_version)
    return secret is not None and compare_digest(found.mark, _mark(secret, kind, values))


def _mark(secret: bytes, kind: str, values: tuple[object, ...]) -> str:
    return digest(secret, "\n".join([kind, *map(str, values)]).encode(), "sha256").hex()


def _seal_secrets() -> Mapping[int, bytes]:
    return _derive_all(tuple(settings.AUDIT_KEYS), _SEAL_PURPOSE)


def _present_version(keys: tuple[str, ...]) -> int:
    return int(keys[0].partition(":")[0])


@lru_cache(maxsize=16)
def _derive_all(keys: tuple[str, ...], purpose: str) -> Mapping[int, bytes]:
    pairs = (key.partition(":") for key in keys)
    return MappingProxyType(
        {int(version): digest(key.encode(), purpose.encode(), "sha256") for version, _, key in pairs}
    )
