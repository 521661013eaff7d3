"""How many tasks and tags a user may keep: bounds what people and agents ask for, not what consumers and sweeps make.

Called inside `changing`. Tasks are not counted as long as there cannot be too many: each came with an event, so the
number of the history's last event is no smaller than theirs. Only a history that is longer than the quota has its tasks
counted, and then near the quota alone; in between, no more came than there were events. Where counting takes long, a
process spends a fiftieth of its time on it at most, and meanwhile goes by what may have come.
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
from tasks_app.models import Tag, Task

MOST_AT_ONCE: Final = 1000
CHEAP_TO_COUNT: Final = 10_000
_REST: Final = 50
MAX_COUNTS: Final = 1024


@dataclass(frozen=True, slots=True)
class _Count:
    """How many tasks a user had when the history was so long."""

    tasks: int
    head: int
    rests_until: float

    def at_most(self, head: int) -> int:
        return self.tasks + head - self.head

    def holds(self, head: int) -> bool:
        """Whether it says enough; another history has come in the place of one that has become shorter."""
        has_room = self.at_most(head) + MOST_AT_ONCE <= settings.TASKS_PER_USER
        return head >= self.head and (has_room or monotonic() < self.rests_until)


_counts: OrderedDict[int, _Count] = OrderedDict()
_lock = Lock()


@dataclass(slots=True)
class TaskQuota:
    """How many tasks may still be made in one transaction; None as long as nobody had to look."""

    room: int | None = field(default=None)

    def claim(self, log: Log) -> None:
        """Take room for a task that is about to be made. Raises QuotaExceeded."""
        quota = settings.TASKS_PER_USER
        if not quota or log.head + MOST_AT_ONCE <= quota:
            return
        if self.room is None:
            self.room = quota - _tasks_at_most(log)
        if self.room <= 0:
            raise _refusal("tasks", quota, "those in the trash count until they are removed for good")
        self.room -= 1


def room_for_tags(user_id: int, wanted: int) -> int:
    """Return how many of the tags that are wanted may be made."""
    quota = settings.TAGS_PER_USER
    if not quota:
        return wanted
    return max(0, min(wanted, quota - Tag.objects.filter(owner_id=user_id).count()))


def tag_refusal() -> QuotaExceeded:
    """Return what to raise where there is no room for another tag."""
    return _refusal("tags", settings.TAGS_PER_USER, "delete or merge some")


def forget_counts() -> None:
    """Forget all counts: for tests, whose users share numbers."""
    with _lock:
        _counts.clear()


def _tasks_at_most(log: Log) -> int:
    with _lock:
        count = _counts.get(log.user_id)
    if count is None or not count.holds(log.head):
        count = _count_tasks(log)
        # Kept by the process, not by the database: a refusal undoes what its transaction wrote.
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
