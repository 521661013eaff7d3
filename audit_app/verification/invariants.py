"""What `manage.py event_audit` asks of the trail; see events_app/operating/invariants.py."""

from collections.abc import Iterator

from audit_app.verification.walk import verify_all
from events_app.operating.invariants import InvariantFinding


def find_broken_trails() -> Iterator[InvariantFinding]:
    """Every chain verifies. Whether the triggers are there is `audit_verify`'s and the doctor's question."""
    for verdict in verify_all():
        if not verdict.ok:
            wrong = f"wrong from sequence {verdict.first_bad}: {verdict.reason}"
            yield InvariantFinding("audit.chain", f"user {verdict.user_id}", wrong)
