"""Quotas: how many tasks, tags and saved views a user may keep. They bound people and agents, not consumers and sweeps.

Called inside `changing`. Every task came with an event, so a user has no more tasks than the head of the history. Tasks
are counted only if the history is longer than the quota, and again only near the quota: since a count, no more tasks
came than events. If counting takes long, a process spends at most a fiftieth of its time on it, and uses the upper
bound in between.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from django.conf import settings

from events_app.log.write import Log
from foundation import counters
from tasks_app.errors import QuotaExceeded
from tasks_app.models import SavedView, Tag, Task

MOST_AT_ONCE: Final = 1000
CHEAP_TO_COUNT: Final = 10_000
_REST: Final = 50
MAX_COUNTS: Final = 1024


@dataclass(frozen=True, slots=True)
class _Count:
    """The number of tasks of a user when the history had this head."""

    tasks: int
    head: int
    valid_until: float

    def at_most(self, head: int) -> int:
        """Return the most tasks that the user may have when the history has this head."""
        return self.tasks + head - self.head

    def suffices(self, head: int) -> bool:
        """Whether the count still suffices. It does not if the history became shorter: then it is another one."""
        has_room = self.at_most(head) + MOST_AT_ONCE <= settings.TASKS_PER_USER
        return head >= self.head and (has_room or monotonic() < self.valid_until)


_counts: OrderedDict[int, _Count] = OrderedDict()
_lock = Lock()


@dataclass(slots=True)
class TaskQuota:
    """How many tasks one transaction may still create; None until that had to be counted."""

    room: int | None = field(default=None)

    def claim(self, log: Log) -> None:
        """Take room for one task that will be created. Raises QuotaExceeded."""
        quota = settings.TASKS_PER_USER
        if not quota or log.head + MOST_AT_ONCE <= quota:
            return
        if self.room is None:
            self.room = quota - _tasks_at_most(log)
        if self.room <= 0:
            raise _refusal("tasks", quota, "those in the trash count until they are removed for good")
        self.room -= 1


def room_for_tags(user_id: int, wanted: int) -> int:
    """Return how many of `wanted` new tags may be created."""
    quota = settings.TAGS_PER_USER
    if not quota:
        return wanted
    return max(0, min(wanted, quota - Tag.objects.filter(owner_id=user_id).count()))


def tag_refusal() -> QuotaExceeded:
    """Return the error for a tag that there is no room for."""
    return _refusal("tags", settings.TAGS_PER_USER, "delete or merge some")


def refuse_more_views(user_id: int) -> None:
    """Raise QuotaExceeded if the user has as many saved views as one may have."""
    quota = settings.VIEWS_PER_USER
    if quota and SavedView.objects.filter(owner_id=user_id).count() >= quota:
        raise _refusal("saved views", quota, "delete some")


def forget_counts() -> None:
    """Forget all counts: for tests, whose users have the same ids."""
    with _lock:
        _counts.clear()


def _tasks_at_most(log: Log) -> int:
    with _lock:
        count = _counts.get(log.user_id)
    if count is None or not count.suffices(log.head):
        count = _count_tasks(log)
        # Kept in memory, not in the database: a refusal rolls its transaction back.
        with _lock:
            _counts[log.user_id] = count
            _counts.move_to_end(log.user_id)
            if len(_counts) > MAX_COUNTS:
                _counts.popitem(last=False)
    return count.at_most(log.head)


def _count_tasks(log: Log) -> _Count:
    began = monotonic()
    tasks = Task.objects.filter(owner_id=log.user_id).count()
    now = monotonic()
    return _Count(tasks, log.head, now if tasks <= CHEAP_TO_COUNT else now + _REST * (now - began))


def _refusal(kind: str, quota: int, hint: str) -> QuotaExceeded:
    counters.count(f"quota_refused.{kind}")
    return QuotaExceeded(f"An account keeps at most {quota:,} {kind}; {hint}.")
