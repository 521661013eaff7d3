"""So many times a minute, counted in the database so that every process counts the same."""

from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from accounts_app.errors import TooManyAttempts
from accounts_app.models import Attempt
from events_app.transactions import database_now, write_transaction

WINDOW = timedelta(minutes=1)


def count_attempt(*names: str, limit: int) -> Attempt:
    """Count one attempt under `names` in the sliding minute; raise TooManyAttempts beyond `limit`.

    The attempt is stored before it is carried out, so attempts side by side can not slip through; a refused
    one is not counted. Returns the row: delete it when the attempt turns out not to count.
    """
    digest = sha256("\n".join(names).encode()).hexdigest()
    now = database_now()
    _refuse_beyond(limit - 1, digest=digest, now=now)
    with write_transaction():
        attempt = Attempt.objects.create(digest=digest, at=now)
    try:
        _refuse_beyond(limit, digest=digest, now=now)
    except TooManyAttempts:
        forget_attempt(attempt)
        raise
    return attempt


def forget_attempt(attempt: Attempt) -> None:
    """Take back an attempt that does not count after all."""
    with write_transaction():
        Attempt.objects.filter(pk=attempt.pk).delete()


def _refuse_beyond(limit: int, *, digest: str, now: datetime) -> None:
    recent = Attempt.objects.filter(digest=digest, at__gt=now - WINDOW).order_by("at")
    times = list(recent.values_list("at", flat=True)[: limit + 1])
    if len(times) > limit:
        raise TooManyAttempts(retry_after_seconds=max(1, ceil((times[0] + WINDOW - now).total_seconds())))
