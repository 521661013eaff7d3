"""What each role needs before it works: a database that answers, with the tables of this release.

Roles are started in any order. One that needs what is not there yet waits inside its process, and says so once a
minute; it does not end, since whoever starts it again would wait longer each time.
"""

import logging
from collections.abc import Callable
from time import monotonic, sleep

from django.db import connection

from events_app.errors import describe_error
from foundation.database.migrations_state import is_migrated
from foundation.database.sessions import check_connection
from foundation.database.transactions import drop_broken_connection

LOOK_EVERY_SECONDS = 0.5
_SAY_EVERY_SECONDS = 60.0
_WORDS = {"database": "the database", "migrations": "the tables of this release"}

logger = logging.getLogger(__name__)


class MigrationsProbe:
    """Whether the tables are those of this release. Once they are, the database is not asked again."""

    def __init__(self) -> None:
        self._applied = False

    def pending(self) -> bool:
        """Return whether migrations are missing; reads the database until none are. Raises django.db.Error."""
        if not self._applied:
            self._applied = is_migrated()
        return not self._applied


migrations_probe = MigrationsProbe()


def missing_essentials() -> list[str]:
    """Return what is missing of what every role needs: `database`, or `migrations`."""
    return list(_find_missing())


def _find_missing() -> dict[str, str]:
    """Return what is missing, each with what to do about it or the reason."""
    try:
        check_connection()
        return {"migrations": "run `manage.py migrate`"} if migrations_probe.pending() else {}
    except Exception as error:  # drivers raise others than their own; the role waits, and says why
        drop_broken_connection()
        return {"database": describe_error(error, characters=500)}


class EssentialsLook:
    """Looks whether the essentials are there. What is missing is logged at the first look, then once a minute."""

    def __init__(self) -> None:
        self._said_at = float("-inf")

    def is_prepared(self) -> bool:
        """Return whether nothing is missing."""
        missing = _find_missing()
        if missing and monotonic() >= self._said_at + _SAY_EVERY_SECONDS:
            self._said_at = monotonic()
            for name, reason in missing.items():
                logger.warning("Waiting for %s: %s", _WORDS[name], reason)
        return not missing


def wait_for_essentials(is_stopping: Callable[[], bool]) -> bool:
    """Return True once nothing is missing, or False when `is_stopping` first. The thread's connection is closed.

    A thread that opened one may fork afterwards, as Celery's worker does.
    """
    look = EssentialsLook()
    try:
        while not is_stopping():
            if look.is_prepared():
                return True
            sleep(LOOK_EVERY_SECONDS)
        return False
    finally:
        connection.close()
