"""The frame of every change: lock the owner's history, change one task, write rows and exactly one event.

A function of this module is called inside `changing`; the public verbs are in the modules beside it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from accounts_app.models import User
from accounts_app.zones import zone_of
from events_app.contracts import (
    Payload,
    Printed,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskUpdated,
)
from events_app.log.write import Log, writing
from foundation.database import sql
from tasks_app.models import Reminder, Series, Tag, Task
from tasks_app.operations.quotas import TaskQuota
from tasks_app.operations.search_index import Prepared
from tasks_app.operations.undo.series_states import Standing
from tasks_app.queries.statements import owner_zone
from tasks_app.queries.tasks import FullTask, full_task_in, in_full, in_full_all, live_tasks, with_full_task
from tasks_app.values.rows import Row

TaskEventType = type[TaskCreated] | type[TaskUpdated] | type[TaskCompleted] | type[TaskDeleted]

COLUMNS: Final = tuple(field.attname for field in Task._meta.concrete_fields if not field.primary_key)


@dataclass(frozen=True, slots=True)
class Change:
    """What every change needs: the locked history, its owner's current zone, the moment."""

    log: Log
    zone: ZoneInfo
    at: datetime
    # Of many changes in one block: events to be recorded at its end, drafts to be saved together, tasks that were
    # read at its beginning, and series that lacked no successor then.
    gathered: list[Payload | Printed] | None = None
    waiting: list["Waiting"] | None = None
    loaded: dict[int, FullTask] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    # What names of tags stand for.
    tags: dict[str, Tag] = field(default_factory=dict)
    task_quota: TaskQuota = field(default_factory=TaskQuota)
    # Of titles and descriptions to be written, made before the lock.
    words: Prepared = field(default_factory=dict)

    @property
    def owner_id(self) -> int:
        return self.log.user_id

    def record(self, payloads: Sequence[Payload | Printed], *, after: Sequence[sql.Work] = ()) -> None:
        """Append events to the history, now or with all others at the end of the block; do `after` what first."""
        if self.gathered is None:
            self.log.record_many(payloads, after=after)
        else:
            sql.run_together(after)
            self.gathered.extend(payloads)


@dataclass(slots=True)
class Draft(FullTask):
    """A task that is being changed: what it was, and what to say of its reminders when it is saved."""

    before: Row | None = None
    mirrored: tuple[object, ...] = ()
    columns: dict[str, object] = field(default_factory=dict)
    relinked: bool = False
    begins: Series | None = None
    # How it stood to its series before, where the change may reach these.
    stood: Standing | None = None
    changed_reminders: list[Reminder] = field(default_factory=list)
    # Offsets, by reminder, before the due became one of another kind.
    translated: dict[int, str] = field(default_factory=dict)
    notices: list[Callable[[], Payload]] = field(default_factory=list)

    def touch(self, reminder: Reminder) -> None:
        """Have a reminder's row written when the draft is saved."""
        if all(each is not reminder for each in self.changed_reminders):
            self.changed_reminders.append(reminder)


class Waiting(NamedTuple):
    """A draft to be saved, and the event that names it where that does not follow from what changed."""

    draft: Draft
    as_event: TaskEventType | None = None


@contextmanager
def changing(
    owner: User | int,
    *,
    at: datetime | None = None,
    opening: int | None = None,
    words: Prepared | None = None,
) -> Iterator[Change]:
    """Lock the owner's history for the block; `at` defaults to the database's clock.

    `words` are those of texts that the block will write; see `operations.search`.
    The owner's zone is read under the lock: a change of it is a change of the same history. So is the task
    that the block is `opening`, in the same round trip.
    """
    owner_id = owner if isinstance(owner, int) else owner.pk
    with writing(owner_id, asking=_asking(owner_id, opening)) as log:
        change = Change(log=log, zone=zone_of(log.told[0]), at=at or log.now, words=words or {})
        full = None if opening is None else full_task_in(log.told)
        # What is around an occurrence may still change when its series is settled.
        if full is not None and full.task.series_id is None:
            change.loaded[full.task.pk] = full
        yield change


def _asking(owner_id: int, task_id: int | None) -> sql.Statement:
    if task_id is None:
        return owner_zone(owner_id)
    return with_full_task(owner_id, task_id)


@contextmanager
def changing_many(
    owner: User, task_ids: Collection[int], *, at: datetime, words: Prepared | None = None
) -> Iterator[Change]:
    """As `changing`, for many changes: the tasks among these are read at once, events written at once."""
    with changing(owner, at=at, words=words) as change:
        tasks = list(live_tasks(change.owner_id).filter(pk__in=task_ids)) if task_ids else []
        loaded = {full.task.pk: full for full in in_full_all(tasks)}
        batch = replace(change, gathered=[], loaded=loaded, settled=_settled(tasks))
        yield batch
        change.log.record_many(batch.gathered or [])


def _settled(tasks: Sequence[Task]) -> set[int]:
    """Return which series of these tasks lack no successor: an occurrence is open, or they have ended."""
    numbers = {task.series_id for task in tasks if task.series_id is not None}
    if not numbers:
        return set()
    is_open = Exists(Task.objects.filter(series=OuterRef("pk"), deleted_at=None, completed_at=None))
    series = Series.objects.filter(is_open | Q(ended_at__isnull=False), pk__in=numbers)
    return set(series.values_list("pk", flat=True))


def draft_of(task: Task) -> Draft:
    """Open a task that exists for changes."""
    return draft_of_full(in_full(task))


def draft_of_full(full: FullTask) -> Draft:
    """Open a task for changes that is already loaded with tags and reminders."""
    draft = Draft(full.task, full.tags, full.reminders)
    draft.before, draft.mirrored = draft.lasting_row(), mirrored(full.task)
    draft.columns = columns_of(full.task)
    return draft


def draft_of_new(task: Task) -> Draft:
    """Open a task that has no row yet; saving the draft inserts it."""
    return Draft(task, [], [])


def columns_of(task: Task) -> dict[str, object]:
    """Return what the columns of a task hold now, by name, beside what else the instance keeps."""
    return task.__dict__.copy()


def mirrored(task: Task) -> tuple[object, ...]:
    """Return what tag links repeat of their task: priority, sorting due, completed, live."""
    return (task.priority, task.due_sort, task.completed_at is not None, task.is_live)
