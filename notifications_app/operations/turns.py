"""Turns of users at the sender: after a slow message of one user, those of all other users come first.

Users name the servers of their pushes. Without turns one account with many due messages and slow servers would keep the
sender from everybody else's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from django.db.models import Exists, OuterRef, Q

from notifications_app.models import Notification

SLOW_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
MOST_USERS_WAITING: Final = 200


class Turns:
    """The users who wait, after a slow message, until the others have had their turn. For one sender.

    All begin again after LONGEST_WAIT_SECONDS, and when MOST_USERS_WAITING wait: others may have messages without end.
    """

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._since = 0.0

    def condition(self) -> Q:
        """Return the condition of deliveries for users who do not wait."""
        if len(self._waiting) >= MOST_USERS_WAITING or monotonic() - self._since >= LONGEST_WAIT_SECONDS:
            self._waiting.clear()
        if not self._waiting:
            return Q()
        # No join: the claim would lock the notification as well.
        of_waiting = Notification.objects.filter(pk=OuterRef("notification"), user__in=sorted(self._waiting))
        return Q(~Exists(of_waiting))

    def begin_again(self) -> bool:
        """Let nobody wait any more; return whether somebody did."""
        waited = bool(self._waiting)
        self._waiting.clear()
        return waited

    @contextmanager
    def measure(self, user_id: int) -> Iterator[None]:
        """Send a message of this user in the block: if it takes SLOW_SECONDS or more, the user waits from now on."""
        began = monotonic()
        yield
        if monotonic() - began >= SLOW_SECONDS:
            if not self._waiting:
                self._since = monotonic()
            self._waiting.add(user_id)
