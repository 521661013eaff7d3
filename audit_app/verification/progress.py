"""Verifies a trail in parts: what was verified is not walked again, except by a walk over the whole trail."""

from audit_app.verification.positions import (
    START,
    check_of,
    position_of,
    remove_check,
    store_fault,
    store_position,
)
from audit_app.verification.walk import Fault, Pace, Verdict, audit_head_of, broken_verdict, verify, walk

# Walking a short trail again is faster than storing its position, and verifying it writes nothing.
STORED_EVERY_ENTRIES = 1000


def verify_new(user_id: int, *, pace: Pace | None = None) -> Verdict:
    """Walk what was appended since the trail was last verified, as far as the pace allows; store the position.

    A trail with a stored fault stays wrong until `verify_whole` finds none.
    """
    check = check_of(user_id)
    if check is not None and check.first_bad is not None:
        fault = Fault(check.first_bad, check.reason)
        return broken_verdict(audit_head_of(user_id), fault, right_entries=check.right_entries)
    since = position_of(user_id, check)
    verdict = walk(user_id, since=since, known=since, pace=pace)
    if not verdict.ok or verdict.reached.entries - since.entries >= STORED_EVERY_ENTRIES:
        store_progress(verdict, whole=False)
    return verdict


def verify_whole(user_id: int) -> Verdict:
    """Walk the trail from its first entry, store the result and return it."""
    verdict = verify(user_id)
    store_progress(verdict, whole=True)
    return verdict


def store_progress(verdict: Verdict, *, whole: bool) -> None:
    """Store the result of a walk; `whole`: it began with the first entry. Nothing is stored of a forgotten trail."""
    if verdict.is_forgotten:
        remove_check(verdict.user_id)
    elif verdict.first_bad is not None:
        store_fault(
            verdict.user_id,
            first_bad=verdict.first_bad,
            right_entries=verdict.entries,
            reason=verdict.reason,
        )
    elif verdict.reached != START:
        store_position(verdict.user_id, verdict.reached, whole=whole and verdict.is_complete)
