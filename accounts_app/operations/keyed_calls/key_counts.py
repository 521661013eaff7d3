"""How many answers under Idempotency-Keys are kept for a user: at most so many within 24 hours, none ever evicted.

A number beside them, never too low, is counted up with each and read along with the lock of the user's history; only
when it reaches the quota the answers themselves are counted, and the number is right again. Called inside `writing`.
"""

from datetime import datetime
from math import ceil

from django.conf import settings
from django.db.models import Count, Min

from accounts_app.errors import TooManyKeys
from accounts_app.models import KeyCount, KeyedAnswer
from foundation import counters
from foundation.database import sql
from foundation.database.row_writes import upsert_statements


def check_key_quota(user_id: int, *, counted: int | None, since: datetime) -> int:
    """Return how many answers there are at most; raise TooManyKeys where the quota was kept since then.

    `counted` is the number, None before the first key of a user that is counted.
    """
    quota = settings.KEYED_ANSWERS_PER_DAY
    if counted is not None and (counted < quota or not quota):
        return counted
    kept = KeyedAnswer.objects.filter(user_id=user_id, created_at__gte=since).aggregate(
        answers=Count("pk"), oldest=Min("created_at")
    )
    if kept["answers"] < quota or not quota:
        return int(kept["answers"])
    counters.count("keys_refused")
    raise TooManyKeys(retry_after_seconds=max(1, ceil((kept["oldest"] - since).total_seconds())))


def store_key_count(user_id: int, answers: int) -> None:
    """Write the number of a user."""
    sql.run_together(upsert_statements(KeyCount, ("user_id", "answers"), [(user_id, answers)]))
