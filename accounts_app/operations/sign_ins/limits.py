"""So many times a minute, counted in the database so that every process counts the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from accounts_app.credentials.digests import text_digest
from accounts_app.errors import TooManyAttempts
from accounts_app.models import Attempt
from foundation.counters import count
from foundation.database.transactions import database_now, write_transaction

WINDOW = timedelta(minutes=1)
UNDER_WAY = timedelta(seconds=10)
"""So long an attempt may be under way; one that nobody ended has failed."""
SOON_SECONDS = 1


@dataclass(frozen=True)
class Limit:
    """So many attempts a minute under these names; 0: any number."""

    names: tuple[str, ...]
    attempts: int

    @property
    def digest(self) -> str:
        """What is stored of the names."""
        return text_digest("\n".join(self.names))


def count_attempt(*limits: Limit, under_way: bool = False) -> list[Attempt]:
    """Count one attempt under each limit in the sliding minute; raise TooManyAttempts beyond one of them.

    The attempt is stored before it is carried out, so attempts side by side cannot slip through; a refused
    one is not counted, and nothing is written for it: a flood of them holds up no writer. Returns the rows:
    `delete_attempts` takes them when the attempt turns out not to count. Who is refused because of others that are
    `under_way` may try again in a second; `settle_attempts` says that they do count.
    """
    bounded = [limit for limit in limits if limit.attempts]
    now = database_now()
    _check_limits(bounded, counted=0, now=now)
    with write_transaction():
        rows = Attempt.objects.bulk_create(
            Attempt(digest=limit.digest, at=now, is_under_way=under_way) for limit in bounded
        )
    try:
        _check_limits(bounded, counted=1, now=now)
    except TooManyAttempts:
        delete_attempts(rows)
        raise
    return rows


def check_limits(*limits: Limit) -> None:
    """Raise TooManyAttempts when an attempt would be beyond one of the limits; count nothing."""
    _check_limits([limit for limit in limits if limit.attempts], counted=0, now=database_now())


def delete_attempts(rows: list[Attempt]) -> None:
    """Take back an attempt that does not count after all."""
    if rows:
        with write_transaction():
            Attempt.objects.filter(pk__in=[row.pk for row in rows]).delete()


def settle_attempts(rows: list[Attempt]) -> None:
    """Let attempts that were under way count for good; repeating is harmless."""
    if rows:
        with write_transaction():
            Attempt.objects.filter(pk__in=[row.pk for row in rows]).update(is_under_way=False)


def _check_limits(limits: list[Limit], *, counted: int, now: datetime) -> None:
    """Raise where more are stored than may be, of which `counted` are this attempt's own."""
    for limit in limits:
        allowed = limit.attempts - 1 + counted
        recent = Attempt.objects.filter(digest=limit.digest, at__gt=now - WINDOW).order_by("at")
        found = list(recent.values_list("at", "is_under_way")[: allowed + 1])
        if len(found) > allowed:
            count(f"attempts.refused.{limit.names[0]}")
            raise TooManyAttempts(retry_after_seconds=_retry_after(found, now=now))


def _retry_after(found: Sequence[tuple[datetime, bool]], *, now: datetime) -> int:
    """Return in how many seconds one of these attempts, oldest first, counts no more: soon, if it may be given back."""
    if any(is_under_way and at > now - UNDER_WAY for at, is_under_way in found):
        return SOON_SECONDS
    return max(1, ceil((found[0][0] + WINDOW - now).total_seconds()))
