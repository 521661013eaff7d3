"""Series that cannot go on: a fault in one is noted on it, retried on its own clock, and holds up nothing else.

A successor is made in a savepoint. What that raises is taken back and kept on the series (`stuck_since`, reason,
attempts, time of the next try); whatever asked for the successor, a consumer or a person, goes on without it.
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
    """Run a step of a series in a savepoint; what it raises is taken back and noted on the series instead.

    The step that succeeds ends an earlier fault. Trouble with the database is raised: it is nobody's fault, and
    everything would meet it.
    """
    events, drafts = len(change.payloads or ()), len(change.pending_saves or ())
    try:
        with transaction.atomic():
            yield
    except Exception as error:  # whatever a step raises, it must not reach other series
        if is_database_trouble(error):
            raise
        for added, before in ((change.payloads, events), (change.pending_saves, drafts)):
            if added is not None:
                del added[before:]
        _note_fault(series, error, at=change.at)
    else:
        clear_fault(series)


def clear_fault(series: Series) -> None:
    """Note that nothing keeps a series from going on. Repeating changes nothing."""
    if series.stuck_since is not None:
        series.stuck_since, series.stuck_retry_at = None, None
        series.stuck_reason, series.stuck_attempts = "", 0
        series.save(update_fields=_STUCK)


def series_to_retry(now: datetime) -> list[tuple[int, int]]:
    """Return (series, owner) of those whose time to try again has come, what waits longest first."""
    due = Series.objects.filter(stuck_retry_at__lte=now).order_by("stuck_retry_at")
    return list(due.values_list("id", "owner_id")[:_SERIES_PER_SWEEP])


def _note_fault(series: Series, error: Exception, *, at: datetime) -> None:
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
