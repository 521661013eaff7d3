"""Failed sign-ins in the history of the user whose name was tried: one event an hour, however many there are.

A stranger can cause failures at any rate. A failure therefore neither locks nor lengthens the user's history: it is one
row that is written anyway, and a sweep counts those rows.
"""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.db.models import F, Q

from accounts_app.models import Attempt, SignInFailureCount
from accounts_app.operations.security.records import note_in
from events_app.contracts import SignInFailures
from events_app.log.write import HistoryClosed, writing
from events_app.runtime.time_slices import is_time_up
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import database_now, write_transaction

_APART: Final = timedelta(hours=1)
_ROWS: Final = 500
_SWEEP: Final = Provenance(actor=Actor(type="system", id="signin-failures"))


def record_signin_failures() -> int:
    """Count the failed sign-ins since the last run and record `account.signin_failures`; return how many events.

    A user gets one such event an hour at most; what comes within the hour is in the next one. Two at once are harmless.
    """
    while _count_some() and not is_time_up():
        pass
    recorded = 0
    with use_provenance(_SWEEP):
        for user_id in _due_users(database_now()):
            recorded += _record_if_open(user_id)
            if is_time_up():
                break
    return recorded


def _count_some() -> bool:
    """Add up to 500 failures to the counts of their users; return whether there may be more."""
    with write_transaction():
        failed = Attempt.objects.filter(user__isnull=False, is_under_way=False)
        rows = list(failed.select_for_update(skip_locked=True, no_key=True).order_by("user_id", "at")[:_ROWS])
        for user_id, group in groupby(rows, key=lambda row: row.user_id):
            _add(user_id or 0, list(group))
        Attempt.objects.filter(pk__in=[row.pk for row in rows]).update(user=None)
    return len(rows) == _ROWS


def _add(user_id: int, rows: list[Attempt]) -> None:
    first, last = rows[0], rows[-1]
    latest = {"until": last.at, "client": last.client, "address": last.address}
    locked_out = any(row.fills_limit for row in rows)
    counted, is_new = SignInFailureCount.objects.select_for_update(no_key=True).get_or_create(
        user_id=user_id,
        defaults={"failures": len(rows), "since": first.at, "locked_out": locked_out, **latest},
    )
    if not is_new:
        since = counted.since if counted.failures else first.at
        SignInFailureCount.objects.filter(pk=counted.pk).update(
            failures=F("failures") + len(rows),
            since=since,
            locked_out=counted.locked_out or locked_out,
            **latest,
        )


def _due_users(now: datetime) -> list[int]:
    waited = Q(recorded_at=None) | Q(recorded_at__lte=now - _APART)
    due = SignInFailureCount.objects.filter(waited, failures__gt=0).order_by("pk")
    return list(due.values_list("user_id", flat=True)[:_ROWS])


def _record_if_open(user_id: int) -> int:
    try:
        return _record(user_id)
    except HistoryClosed:  # the account is being erased
        SignInFailureCount.objects.filter(user=user_id).delete()
        return 0


def _record(user_id: int) -> int:
    with writing(user_id) as log:
        now = log.now
        counts = SignInFailureCount.objects.filter(user=user_id, failures__gt=0)
        counted = counts.select_for_update(no_key=True).first()
        if counted is None or (counted.recorded_at is not None and counted.recorded_at > now - _APART):
            return 0
        counts.update(failures=0, locked_out=False, recorded_at=now)
        event = SignInFailures(
            failures=counted.failures,
            since=counted.since,
            until=counted.until,
            address=counted.address,
            client=counted.client,
            locked_out=counted.locked_out,
        )
        note_in(log, event)
    return 1
