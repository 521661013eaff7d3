"""How long a browser session lasts. Pure."""

from datetime import datetime, timedelta
from typing import Final

KEPT_SESSION: Final = timedelta(days=30)
"""The time without use after which a session ends that its user asked to keep."""
UNTIL_CLOSED: Final = timedelta(days=1)
"""The same for a session whose cookie the browser drops when it is closed; some browsers restore such cookies."""
STAFF_TOTAL: Final = timedelta(hours=12)
STAFF_IDLE: Final = timedelta(minutes=30)
NOTE_USE_AFTER: Final = timedelta(minutes=1)
"""How much older than now the noted last use may be: an idle session of staff ends up to so much early, never late."""


def session_end(*, began_at: datetime, used_at: datetime, is_kept: bool, is_staff: bool) -> datetime:
    """Return when a session ends unless it is used again.

    OWASP ASVS 5.0, V7.3: a bound of inactivity and an absolute one, both shorter for those who may do more.
    """
    if is_staff:
        return min(began_at + STAFF_TOTAL, used_at + STAFF_IDLE)
    return used_at + (KEPT_SESSION if is_kept else UNTIL_CLOSED)


def renews_after(*, is_kept: bool) -> timedelta:
    """Return the time after which a use of a session puts off its end: a day for those that last 30."""
    return timedelta(days=1) if is_kept else timedelta(hours=1)
