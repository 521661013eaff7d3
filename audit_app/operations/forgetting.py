"""Forgets the trail of a deleted account, except for one line.

ForgettingRefused      the account is not marked as deleted
"""

from typing import Final

from django.db import connection

from accounts_app.models import User
from audit_app.models import (
    GENESIS,
    AnchoredHead,
    AuditCheck,
    AuditEntry,
    AuditHead,
    ForgottenTrail,
    UnkeyedPart,
)
from audit_app.protection.postgresql import run_audit_forget
from audit_app.verification.sealed import line_of, seal_line
from foundation.database.transactions import database_now, write_transaction

ENTRIES_AT_ONCE: Final = 5000


class ForgettingRefused(Exception):
    """The account is not marked as deleted (`User.deletion_requested_at`)."""


def forget_trail(user_id: int) -> ForgottenTrail:
    """Remove the trail of a user who is marked as deleted; return the line that stays of it.

    This is `audit_forget` of the issue and of the database. Entries go 5,000 at a time, newest first, each time in a
    transaction of its own unless the caller has one. After an interruption, call it again; repeating changes nothing.
    Remove the user's stream, events and cursors first: then the audit consumer appends nothing meanwhile. The user's
    row must still be there when the first call is made. Raises ForgettingRefused.
    """
    while _forget_some(user_id):
        pass
    return ForgottenTrail.objects.get(pk=user_id)


def _forget_some(user_id: int) -> bool:
    """Store the line unless it is there, delete some entries, and return whether there may be more."""
    with write_transaction():
        # Locked first: an append under way ends before, and one that waits finds the line.
        head = AuditHead.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        line = line_of(user_id)
        if line is None:
            _refuse_unless_marked(user_id)
            line = _make_line(user_id, head)
        removed = _forget_on_postgresql(line) if connection.vendor == "postgresql" else _forget_here(line)
        AuditCheck.objects.filter(pk=user_id).delete()
    return removed == ENTRIES_AT_ONCE


def _refuse_unless_marked(user_id: int) -> None:
    if not User.objects.filter(pk=user_id, deletion_requested_at__isnull=False).exists():
        raise ForgettingRefused(f"user {user_id} is not marked as deleted")


def _make_line(user_id: int, head: AuditHead | None) -> ForgottenTrail:
    entries, hash_ = (0, GENESIS) if head is None else (head.entries, head.hash)
    line = ForgottenTrail(user_id=user_id, entries=entries, hash=hash_, forgotten_at=database_now())
    line.key_version, line.seal = seal_line(line)
    return line


def _forget_on_postgresql(line: ForgottenTrail) -> int:
    given = (line.forgotten_at, line.key_version, line.seal)
    return run_audit_forget(line.user_id, line=given, at_most=ENTRIES_AT_ONCE)


def _forget_here(line: ForgottenTrail) -> int:
    if line._state.adding:
        line.save(force_insert=True)
    AuditHead.objects.filter(pk=line.user_id).delete()
    UnkeyedPart.objects.filter(pk=line.user_id).delete()
    AnchoredHead.objects.filter(user_id=line.user_id).update(user_id=None, entries=None)
    entries = AuditEntry.objects.filter(user_id=line.user_id).order_by("-position")
    ids = list(entries.values_list("pk", flat=True)[:ENTRIES_AT_ONCE])
    return AuditEntry.objects.filter(pk__in=ids).delete()[0]
