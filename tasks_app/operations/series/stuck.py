"""Stuck series: a fault in making a next occurrence is stored on its series, retried, and holds up nothing else.

A successor is created in a savepoint. If that raises, the savepoint is rolled back and the fault is stored on the
series (`stuck_since`, reason, attempts, time of the next retry). The caller, a consumer or a person's request, goes on.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import transaction

from foundation.context import Actor, Provenance
from foundation.counters import count
from foundation.database.transactions import database_now, is_database_trouble
from tasks_app.editing.change import Change
from tasks_app.models import Series
from tasks_app.operations.isolation import retry_after

logger = logging.getLogger(__name__)

_REASON_CHARACTERS: Final = 500
_SERIES_PER_SWEEP: Final = 200
SWEEP: Final = Provenance(actor=Actor(type="system", id="series"))
_STUCK: Final = ("stuck_since", "stuck_reason", "stuck_attempts", "stuck_retry_at")


@contextmanager
def catch_series_fault(change: Change, series: Series) -> Iterator[None]:
    """Run the block in a savepoint; store an exception on the series instead of raising it.

    A block that succeeds clears an earlier fault. Trouble with the database is raised, since it is no fault of the
    series.
    """
    events, drafts = len(change.payloads or ()), len(change.pending_saves or ())
    try:
        with transaction.atomic():
            yield
    except Exception as error:  # whatever the block raises, it must not reach other series
        if is_database_trouble(error):
            raise
        # A batch keeps these in memory, where no savepoint takes them back.
        for added, before in ((change.payloads, events), (change.pending_saves, drafts)):
            if added is not None:
                del added[before:]
        _store_fault(series, error, at=change.at)
    else:
        clear_fault(series)


def clear_fault(series: Series) -> None:
    """Clear the fault of a series. Repeating changes nothing."""
    if series.stuck_since is not None:
        series.stuck_since, series.stuck_retry_at = None, None
        series.stuck_reason, series.stuck_attempts = "", 0
        series.save(update_fields=_STUCK)


def series_to_retry(now: datetime) -> list[tuple[int, int]]:
    """Return (series id, owner id) of stuck series whose retry time has come, longest waiting first."""
    due = Series.objects.filter(stuck_retry_at__lte=now).order_by("stuck_retry_at")
    return list(due.values_list("id", "owner_id")[:_SERIES_PER_SWEEP])


def _store_fault(series: Series, error: Exception, *, at: datetime) -> None:
    series.refresh_from_db()
    reason = f"{type(error).__name__}: {error}".replace("\0", "")
    series.stuck_since = series.stuck_since or at
    series.stuck_reason = reason[:_REASON_CHARACTERS]
    series.stuck_attempts += 1
    series.stuck_retry_at = database_now() + retry_after(series.stuck_attempts)
    series.save(update_fields=_STUCK)
    count("series.stuck")
    logger.error(
        "series %s has no next occurrence: %s; it is tried again at %s",
        series.pk,
        reason,
        series.stuck_retry_at,
        exc_info=error,
        extra={"user_id": series.owner_id},
    )
