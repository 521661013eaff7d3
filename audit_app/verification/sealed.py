"""Sealed rows: the part of a chain that has no key, and the lines that stay of forgotten trails."""

from collections.abc import Collection
from datetime import UTC
from typing import Final

from accounts_app.models import User
from audit_app.chain.keys import Seal, is_sealed, sign_values
from audit_app.models import AuditEntry, AuditHead, ForgottenTrail, UnkeyedPart

# Parts of every seal that is stored.
_UNKEYED_PART: Final = "unkeyed part"
_FORGOTTEN_TRAIL: Final = "forgotten trail"


def seal_unkeyed_part(user_id: int, entries: int, hash_: str) -> Seal:
    """Return our seal: the first entries of the user's chain, up to the one with this hash, have no key."""
    return sign_values(_UNKEYED_PART, user_id, entries, hash_)


def unkeyed_part_of(user_id: int) -> UnkeyedPart | None:
    """Return the part of the user's chain that may be without a key, if it has our seal."""
    part = UnkeyedPart.objects.filter(pk=user_id).first()
    if part is None:
        return None
    found = Seal(part.key_version, part.seal)
    return part if is_sealed(found, _UNKEYED_PART, part.user_id, part.entries, part.hash) else None


def seal_line(line: ForgottenTrail) -> Seal:
    """Return our seal of the line that stays of a forgotten trail."""
    return sign_values(_FORGOTTEN_TRAIL, *_values_of(line))


def line_of(user_id: int) -> ForgottenTrail | None:
    """Return the line that stays of the user's trail, if it was forgotten."""
    return ForgottenTrail.objects.filter(pk=user_id).first()


def lock_trails(user_ids: Collection[int]) -> set[int]:
    """Lock the ends of trails until the transaction ends; return the users whose trails are not forgotten.

    Forgetting locks them as well: whoever waited for that is told no.
    """
    heads = AuditHead.objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    list(heads.order_by("pk").values_list("pk"))
    forgotten = ForgottenTrail.objects.filter(pk__in=user_ids)
    return set(user_ids) - set(forgotten.values_list("pk", flat=True))


def line_fault(line: ForgottenTrail) -> str:
    """Return what is wrong with a line, or the empty string: it is not ours, or more than the line is left.

    The line is written first and entries go after it, thousands at a time, while the account is being deleted.
    """
    if not is_sealed(Seal(line.key_version, line.seal), _FORGOTTEN_TRAIL, *_values_of(line)):
        return "this trail was forgotten by somebody without our key"
    of_user = {"user_id": line.user_id}
    has_head = AuditHead.objects.filter(**of_user).exists()
    if has_head or (AuditEntry.objects.filter(**of_user).exists() and not _is_being_deleted(line.user_id)):
        return "this trail is not forgotten altogether"
    return ""


def _is_being_deleted(user_id: int) -> bool:
    return User.objects.filter(pk=user_id, deletion_requested_at__isnull=False).exists()


def _values_of(line: ForgottenTrail) -> tuple[object, ...]:
    return line.user_id, line.entries, line.hash, line.forgotten_at.astimezone(UTC).isoformat()
