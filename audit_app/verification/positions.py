"""How far each chain was found right, kept so that the next look goes on from there."""

from dataclasses import dataclass
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts_app.credentials.secret_keys import accepted_secrets
from audit_app.models import GENESIS, AuditCheck
from foundation.database.transactions import database_now, write_transaction


@dataclass(frozen=True)
class Position:
    """A place in a chain: so many entries, and the hash of the last of them."""

    entries: int
    hash: str


START: Final = Position(0, GENESIS)
# Part of every seal that is stored: a name, which stays whatever this module is called.
_SEAL_SALT: Final = "audit_app.positions"


def check_of(user_id: int) -> AuditCheck | None:
    """Return what is kept of the user's chain."""
    return AuditCheck.objects.filter(pk=user_id).first()


def position_of(user_id: int, check: AuditCheck | None) -> Position:
    """Return how far the user's chain was found right; what was not written by us counts for nothing."""
    if check is None or not _is_sealed(check):
        return START
    return Position(check.entries, check.hash)


def store_position(user_id: int, position: Position, *, whole: bool) -> None:
    """Keep how far the chain was found right; `whole`: from its first entry to its end, so that no fault is left."""
    kept: dict[str, object] = {
        "entries": position.entries,
        "hash": position.hash,
        "seal": _seal(user_id, position.entries, position.hash),
        "verified_at": database_now(),
    }
    if whole:
        kept |= {"first_bad": None, "right_entries": 0, "reason": ""}
    with write_transaction():
        AuditCheck.objects.update_or_create(pk=user_id, defaults=kept)


def store_fault(user_id: int, *, first_bad: int, right_entries: int, reason: str) -> None:
    """Keep what is wrong with a chain, beside how far it was once found right."""
    found = {"first_bad": first_bad, "right_entries": right_entries, "reason": reason}
    with write_transaction():
        AuditCheck.objects.update_or_create(pk=user_id, defaults=found)


def _is_sealed(check: AuditCheck) -> bool:
    seals = [_seal(check.pk, check.entries, check.hash, secret=secret) for secret in accepted_secrets()]
    return any(constant_time_compare(check.seal, seal) for seal in seals)


def _seal(user_id: int, entries: int, hash_: str, *, secret: str | None = None) -> str:
    # Under a key that is not in the database: who can write there can not say how far a chain was verified.
    text = f"{user_id}:{entries}:{hash_}"
    return salted_hmac(_SEAL_SALT, text, secret=secret, algorithm="sha256").hexdigest()
