"""What `manage.py event_audit` asks of the trail; see events_app/invariants.py."""

from collections.abc import Iterator

from django.db import connection

from audit_app.protection import missing
from audit_app.verification import verify_all
from events_app.invariants import Finding


def trail() -> Iterator[Finding]:
    """Every chain verifies, and the triggers that protect it are there."""
    for name in missing(connection):
        yield Finding("audit.protected", name, "the trigger is missing: run the migrations again")
    for verdict in verify_all():
        if not verdict.ok:
            yield Finding(
                "audit.chain",
                f"user {verdict.user_id}",
                f"wrong from sequence {verdict.first_bad}: {verdict.reason}",
            )
