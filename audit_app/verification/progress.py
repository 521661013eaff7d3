"""Verifying a trail bit by bit: what was found right is not looked at again, until a whole look begins anew."""

from audit_app.verification.positions import START, check_of, position_of, store_fault, store_position
from audit_app.verification.walk import Fault, Pace, Verdict, audit_head_of, broken_verdict, verify, walk

# A short trail is sooner walked again than its position is stored: reading it stays a read.
KEPT_EVERY_ENTRIES = 1000


def verify_new(user_id: int, *, pace: Pace | None = None) -> Verdict:
    """Walk what was appended since the trail was found right last, as far as the pace allows; keep how far.

    A trail in which a fault was found is wrong until `verify_whole` finds it right.
    """
    check = check_of(user_id)
    if check is not None and check.first_bad is not None:
        fault = Fault(check.first_bad, check.reason)
        return broken_verdict(audit_head_of(user_id), fault, right_entries=check.right_entries)
    since = position_of(user_id, check)
    verdict = walk(user_id, since=since, known=since, pace=pace)
    if not verdict.ok or verdict.reached.entries - since.entries >= KEPT_EVERY_ENTRIES:
        store_progress(verdict, whole=False)
    return verdict


def verify_whole(user_id: int) -> Verdict:
    """Walk the trail from its first entry, and keep what was found."""
    verdict = verify(user_id)
    store_progress(verdict, whole=True)
    return verdict


def store_progress(verdict: Verdict, *, whole: bool) -> None:
    """Keep what a walk found; `whole`: it began with the first entry."""
    if verdict.first_bad is not None:
        store_fault(
            verdict.user_id,
            first_bad=verdict.first_bad,
            right_entries=verdict.entries,
            reason=verdict.reason,
        )
    elif verdict.reached != START:
        store_position(verdict.user_id, verdict.reached, whole=whole and verdict.is_complete)
