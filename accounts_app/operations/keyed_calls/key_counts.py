"""The quota of Idempotency-Keys: how many answers are kept for a user within 24 hours. None is deleted earlier.

The stored number of a user's answers is raised with each key and read together with the lock of the stream. It may be
too high, since expired answers are not subtracted; when it reaches the quota, the answers themselves are counted and
the number is corrected. Call these functions inside `writing`.
"""

from datetime import datetime
from math import ceil

from django.conf import settings

from accounts_app.errors import TooManyKeys
from accounts_app.models import KeyCount, KeyedAnswer
from foundation import counters
from foundation.database import sql
from foundation.database.row_writes import upsert_statements


def check_key_quota(user_id: int, *, counted: int | None, since: datetime, added: int = 1) -> int:
    """Return an upper bound of the number of a user's answers; raise TooManyKeys when `added` more exceed the quota.

    `counted` is the stored number, None before the user's first key. Answers from before `since` do not count. More
    than the whole quota at once fit while none is kept. The refusal says when enough answers will have expired.
    """
    quota = settings.KEYED_ANSWERS_PER_DAY
    added = min(added, quota or added)
    if counted is not None and (counted + added <= quota or not quota):
        return counted
    kept = KeyedAnswer.objects.filter(user_id=user_id, created_at__gte=since)
    answers = kept.count()
    too_many = answers + added - quota
    if too_many <= 0 or not quota:
        return answers
    counters.count("keys_refused")
    last_to_expire = kept.order_by("created_at").values_list("created_at", flat=True)[too_many - 1]
    raise TooManyKeys(retry_after_seconds=max(1, ceil((last_to_expire - since).total_seconds())))


def key_count_statements(user_id: int, answers: int) -> list[sql.Work]:
    """Return the work that stores the number of a user's answers."""
    return upsert_statements(KeyCount, ("user_id", "answers"), [(user_id, answers)])
