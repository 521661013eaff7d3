"""The checks of the trail in `manage.py event_audit`; see events_app/operating/invariants.py."""

from collections.abc import Iterator

from audit_app.verification.agreement import find_cut_trails, find_entries_unlike_log
from audit_app.verification.many import verify_all
from events_app.operating.invariants import InvariantFinding


def find_broken_trails() -> Iterator[InvariantFinding]:
    """Yield a finding for each chain that does not verify. `audit_verify` and the doctor check the triggers."""
    for verdict in verify_all():
        if not verdict.ok:
            wrong = f"wrong from sequence {verdict.first_bad}: {verdict.reason}"
            yield InvariantFinding("audit.chain", f"user {verdict.user_id}", wrong)


def find_trails_unlike_log() -> Iterator[InvariantFinding]:
    """Yield a finding for each trail that is cut off or missing, and for each entry that is not its event."""
    for found in find_cut_trails():
        yield InvariantFinding("audit.log", f"user {found.user_id}", found.reason)
    for found in find_entries_unlike_log():
        detail = f"at sequence {found.seq}: {found.reason}"
        yield InvariantFinding("audit.log", f"user {found.user_id}", detail)
