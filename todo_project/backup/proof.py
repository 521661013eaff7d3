"""Proving a restored database: every promise of the log, every chain of the audit trail, and its protection."""

from collections.abc import Callable, Iterator

from django.db import connection

from audit_app.protection import find_differences
from audit_app.verification.walk import verify_all_forgotten
from events_app.operating.invariants import InvariantFinding, find_all


def find_faults_of_restored(before_each: Callable[[str], object] = bool) -> list[InvariantFinding]:
    """Return what `event_audit` and `audit_verify` find, without what is only under way: no role runs yet.

    `before_each` is told the name of each check before it runs, and may raise to end it.
    """
    findings = [finding for finding in find_all(before_each) if finding.kind != "lag"]
    return [*findings, *_find_faults_of_protection()]


def _find_faults_of_protection() -> Iterator[InvariantFinding]:
    for difference in find_differences(connection):
        yield InvariantFinding("audit.protection", "the audit trail", difference)
    for verdict in verify_all_forgotten():
        if not verdict.ok:
            yield InvariantFinding("audit.forgotten", f"user {verdict.user_id}", verdict.reason)
