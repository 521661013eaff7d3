"""The frame of every change: lock the owner's history, load what is changed, record at the end.

Functions that take a `Change` are called inside `changing`; the verbs that views call are in `operations`.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from accounts_app.models import User
from accounts_app.preferences.zones import zone_of
from events_app.contracts import Payload, PrintedPayload
from events_app.log.write import Log, writing
from foundation.database import sql
from tasks_app.models import Series, Tag, Task
from tasks_app.operations.quotas import TaskQuota
from tasks_app.operations.search_index import Prepared
from tasks_app.queries.statements import select_full_task, select_owner_zone
from tasks_app.queries.tasks import FullTask, full_task_in, live_tasks, load_all_full

if TYPE_CHECKING:
    from tasks_app.editing.draft import PendingSave


@dataclass(frozen=True, slots=True)
class Change:
    """What every change needs: the locked history, its owner's current zone, the moment."""

    log: Log
    zone_name: str
    at: datetime
    # Of many changes in one block: events to be recorded at its end, drafts to be saved together, tasks that were
    # read at its beginning, and series that lacked no successor then.
    payloads: list[Payload | PrintedPayload] | None = None
    pending_saves: list["PendingSave"] | None = None
    loaded: dict[int, FullTask] = field(default_factory=dict)
    series_in_order: set[int | None] = field(default_factory=set)
    # What names of tags stand for.
    tags: dict[str, Tag] = field(default_factory=dict)
    task_quota: TaskQuota = field(default_factory=TaskQuota)
    # Of titles and descriptions to be written, made before the lock.
    words: Prepared = field(default_factory=dict)

    @property
    def owner_id(self) -> int:
        return self.log.user_id

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the owner is in now."""
        return zone_of(self.zone_name)

    def record(self, payloads: Sequence[Payload | PrintedPayload], *, first: Sequence[sql.Work] = ()) -> None:
        """Run `first`, then append events: in one round trip, or with all others at the end of the block."""
        if self.payloads is None:
            self.log.record_many(payloads, first=first)
        else:
            sql.run_together(first)
            self.payloads.extend(payloads)


@contextmanager
def changing(
    owner: User | int,
    *,
    at: datetime | None = None,
    opening: int | None = None,
    words: Prepared | None = None,
) -> Iterator[Change]:
    """Lock the owner's history for the block; `at` defaults to the database's clock.

    `words` are those of texts that the block will write; see `operations.search_index`.
    The owner's zone is read under the lock: a change of it is a change of the same history. So is the task
    that the block is `opening`, in the same round trip.
    """
    owner_id = owner if isinstance(owner, int) else owner.pk
    with writing(owner_id, also_select=_select_beside_lock(owner_id, opening)) as log:
        change = Change(log, zone_name=log.extra[0], at=at or log.now, words=words or {})
        full = None if opening is None else full_task_in(log.extra)
        # A series lacks nothing while an occurrence is open; what is around a done one may still change.
        if full is not None and (full.task.series_id is None or full.task.completed_at is None):
            change.loaded[full.task.pk] = full
            change.series_in_order.add(full.task.series_id)
        yield change


def _select_beside_lock(owner_id: int, task_id: int | None) -> sql.Statement:
    if task_id is None:
        return select_owner_zone(owner_id)
    return select_full_task(owner_id, task_id)


@contextmanager
def changing_many(
    owner: User, task_ids: Collection[int], *, at: datetime, words: Prepared | None = None
) -> Iterator[Change]:
    """As `changing`, for many changes: the tasks among these are read at once, events written at once."""
    with changing(owner, at=at, words=words) as change:
        tasks = list(live_tasks(change.owner_id).filter(pk__in=task_ids)) if task_ids else []
        loaded = {full.task.pk: full for full in load_all_full(tasks)}
        batch = replace(change, payloads=[], loaded=loaded, series_in_order=_series_in_order(tasks))
        yield batch
        change.log.record_many(batch.payloads or [])


def _series_in_order(tasks: Sequence[Task]) -> set[int | None]:
    """Return which series of these tasks lack no successor: an occurrence is open, or they have ended."""
    numbers = {task.series_id for task in tasks if task.series_id is not None}
    if not numbers:
        return set()
    is_open = Exists(Task.objects.filter(series=OuterRef("pk"), deleted_at=None, completed_at=None))
    series = Series.objects.filter(is_open | Q(ended_at__isnull=False), pk__in=numbers)
    return set(series.values_list("pk", flat=True))
