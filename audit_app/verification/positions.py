"""Stored positions: how far each chain was verified, so that the next verification continues there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts_app.credentials.secret_keys import accepted_secrets
from audit_app.models import GENESIS, AuditCheck
from audit_app.verification.sealed import lock_trails
from foundation.database.transactions import database_now, write_transaction


@dataclass(frozen=True)
class Position:
    """A position in a chain: a number of entries, and the hash of the last of them."""

    entries: int
    hash: str


START: Final = Position(0, GENESIS)
# Part of every seal that is stored: a name, which stays whatever this module is called.
_SEAL_SALT: Final = "audit_app.positions"
_STORED: Final = [field.name for field in AuditCheck._meta.concrete_fields if not field.primary_key]


def check_of(user_id: int) -> AuditCheck | None:
    """Return the stored check of the user's chain, if there is one."""
    return AuditCheck.objects.filter(pk=user_id).first()


def position_of(user_id: int, check: AuditCheck | None) -> Position:
    """Return how far the user's chain was verified; START when the check does not have our seal."""
    if check is None or not _is_sealed(check):
        return START
    return Position(check.entries, check.hash)


def store_position(user_id: int, position: Position, *, whole: bool) -> None:
    """Store how far the chain was verified. `whole`: from its first entry to its end, which also removes a fault."""
    kept = _found_right(user_id, position, database_now())
    if whole:
        kept |= {"first_bad": None, "right_entries": 0, "reason": ""}
    _store(user_id, kept)


def store_whole_positions(ends: Mapping[int, Position]) -> None:
    """Store of chains, by user, that each was verified from its first entry to this end, which removes faults.

    A few statements for any number of them. Nothing is stored of a trail that was forgotten.
    """
    with write_transaction():
        kept, now = sorted(lock_trails(ends.keys())), database_now()
        AuditCheck.objects.bulk_create(
            [AuditCheck(user_id=user_id, **_found_right(user_id, ends[user_id], now)) for user_id in kept],
            update_conflicts=True,
            unique_fields=["user_id"],
            update_fields=_STORED,
        )


def store_fault(user_id: int, *, first_bad: int, right_entries: int, reason: str) -> None:
    """Store the fault of a chain; the position up to which it was once verified stays."""
    found = {"first_bad": first_bad, "right_entries": right_entries, "reason": reason}
    _store(user_id, found)


def _found_right(user_id: int, position: Position, at: datetime) -> dict[str, Any]:
    return {
        "entries": position.entries,
        "hash": position.hash,
        "seal": _seal(user_id, position.entries, position.hash),
        "verified_at": at,
    }


def _store(user_id: int, values: dict[str, Any]) -> None:
    """Store values of the check, unless the trail was forgotten: nothing but its line may be left of it."""
    with write_transaction():
        if lock_trails([user_id]):
            AuditCheck.objects.update_or_create(pk=user_id, defaults=values)


def remove_check(user_id: int) -> None:
    """Remove what is stored about a chain that was forgotten."""
    AuditCheck.objects.filter(pk=user_id).delete()


def _is_sealed(check: AuditCheck) -> bool:
    seals = [_seal(check.pk, check.entries, check.hash, secret=secret) for secret in accepted_secrets()]
    return any(constant_time_compare(check.seal, seal) for seal in seals)


def _seal(user_id: int, entries: int, hash_: str, *, secret: str | None = None) -> str:
    # The key is not in the database: someone who can only write there cannot forge a position.
    text = f"{user_id}:{entries}:{hash_}"
    return salted_hmac(_SEAL_SALT, text, secret=secret, algorithm="sha256").hexdigest()
