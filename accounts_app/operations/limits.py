"""So many times a minute, counted in the database so that every process counts the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from accounts_app.errors import TooManyAttempts
from accounts_app.models import Attempt
from foundation.counters import count
from foundation.database.transactions import database_now, write_transaction

WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Limit:
    """So many attempts a minute under these names; 0: any number."""

    names: tuple[str, ...]
    attempts: int

    @property
    def digest(self) -> str:
        """What is stored of the names."""
        return sha256("\n".join(self.names).encode("utf-8", "surrogatepass")).hexdigest()


def count_attempt(*limits: Limit) -> list[Attempt]:
    """Count one attempt under each limit in the sliding minute; raise TooManyAttempts beyond one of them.

    The attempt is stored before it is carried out, so attempts side by side can not slip through; a refused
    one is not counted, and nothing is written for it: a flood of them holds up no writer. Returns the rows:
    `delete_attempts` takes them when the attempt turns out not to count.
    """
    bounded = [limit for limit in limits if limit.attempts]
    now = database_now()
    _refuse_beyond(bounded, counted=0, now=now)
    with write_transaction():
        rows = Attempt.objects.bulk_create(Attempt(digest=limit.digest, at=now) for limit in bounded)
    try:
        _refuse_beyond(bounded, counted=1, now=now)
    except TooManyAttempts:
        delete_attempts(rows)
        raise
    return rows


def refuse_beyond(*limits: Limit) -> None:
    """Raise TooManyAttempts when an attempt would be beyond one of the limits; count nothing."""
    _refuse_beyond([limit for limit in limits if limit.attempts], counted=0, now=database_now())


def delete_attempts(rows: list[Attempt]) -> None:
    """Take back an attempt that does not count after all."""
    if rows:
        with write_transaction():
            Attempt.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _refuse_beyond(limits: list[Limit], *, counted: int, now: datetime) -> None:
    """Raise where more are stored than may be, of which `counted` are this attempt's own."""
    for limit in limits:
        allowed = limit.attempts - 1 + counted
        recent = Attempt.objects.filter(digest=limit.digest, at__gt=now - WINDOW).order_by("at")
        times = list(recent.values_list("at", flat=True)[: allowed + 1])
        if len(times) > allowed:
            count(f"attempts.refused.{limit.names[0]}")
            free_at = times[0] + WINDOW
            raise TooManyAttempts(retry_after_seconds=max(1, ceil((free_at - now).total_seconds())))
