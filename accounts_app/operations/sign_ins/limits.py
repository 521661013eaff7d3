"""Limits of attempts in a sliding minute, counted in the database for all processes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import BigIntegerField, Case, Value, When
from django.db.models.functions import Cast

from accounts_app.credentials.hashes import hash_text
from accounts_app.errors import TooManyAttempts
from accounts_app.models import Attempt
from accounts_app.operations.security.records import whence
from foundation.counters import count
from foundation.database.transactions import database_now, write_transaction

WINDOW = timedelta(minutes=1)
UNDER_WAY = timedelta(seconds=10)
"""An attempt that has been under way for longer counts as failed: its process has died."""
SOON_SECONDS = 1


@dataclass(frozen=True)
class Limit:
    """How many attempts a minute are allowed under these names; 0: any number."""

    names: tuple[str, ...]
    attempts: int

    @property
    def names_hash(self) -> str:
        """The hash that is stored instead of the names."""
        return hash_text("\n".join(self.names))


def count_attempt(*limits: Limit, under_way: bool = False) -> list[Attempt]:
    """Count one attempt under each limit and return the rows; raise TooManyAttempts beyond one of the limits.

    The attempt is stored before it is carried out: concurrent attempts count each other. A refused attempt is not
    counted and usually writes nothing, so that a flood of them does not slow down others. Pass the rows to
    `delete_attempts` if the attempt does not count after all. An attempt `under_way` may still be deleted, so others
    may try again in a second; `settle_attempts` makes it count for good.
    """
    bounded = [limit for limit in limits if limit.attempts]
    now = database_now()
    _check_limits(bounded, counted=0, now=now)
    with write_transaction():
        rows = Attempt.objects.bulk_create(
            Attempt(digest=limit.names_hash, at=now, is_under_way=under_way) for limit in bounded
        )
    try:
        full = _check_limits(bounded, counted=1, now=now)
    except TooManyAttempts:
        delete_attempts(rows)
        raise
    for row, is_full in zip(rows, full, strict=True):
        row.fills_limit = is_full
    return rows


def check_limits(*limits: Limit) -> None:
    """Raise TooManyAttempts when a further attempt would exceed one of the limits; count nothing."""
    _check_limits([limit for limit in limits if limit.attempts], counted=0, now=database_now())


def delete_attempts(rows: list[Attempt]) -> None:
    """Delete the rows of an attempt that does not count after all."""
    if rows:
        with write_transaction():
            Attempt.objects.filter(pk__in=[row.pk for row in rows]).delete()


def settle_attempts(rows: list[Attempt], *, user_id: int | None = None) -> None:
    """Make attempts that were under way count for good. Repeating is harmless.

    The first row gets the user whose name was given, if there is one, and whether it filled its limit; for an unknown
    name it costs as much.
    """
    if rows:
        of_first = Case(When(pk=rows[0].pk, then=Value(user_id)), default=Value(None))
        whose = Cast(of_first, BigIntegerField())  # to PostgreSQL nulls alone are text
        with write_transaction():
            Attempt.objects.filter(pk__in=[row.pk for row in rows]).update(
                is_under_way=False, user_id=whose, fills_limit=rows[0].fills_limit, **whence()
            )


def _check_limits(limits: list[Limit], *, counted: int, now: datetime) -> list[bool]:
    """Raise TooManyAttempts when a limit is exceeded; `counted` is 1 once this attempt itself is stored, else 0.

    Return for each limit whether it is full with what is counted.
    """
    full = []
    for limit in limits:
        allowed = limit.attempts - 1 + counted
        recent = Attempt.objects.filter(digest=limit.names_hash, at__gt=now - WINDOW).order_by("at")
        found = list(recent.values_list("at", "is_under_way")[: allowed + 1])
        if len(found) > allowed:
            count(f"attempts.refused.{limit.names[0]}")
            raise TooManyAttempts(retry_after_seconds=_retry_after(found, now=now))
        full.append(len(found) == limit.attempts)
    return full


def _retry_after(found: Sequence[tuple[datetime, bool]], *, now: datetime) -> int:
    """Return in how many seconds one of these attempts (oldest first) may stop counting; soon if one is under way."""
    if any(is_under_way and at > now - UNDER_WAY for at, is_under_way in found):
        return SOON_SECONDS
    return max(1, ceil((found[0][0] + WINDOW - now).total_seconds()))
