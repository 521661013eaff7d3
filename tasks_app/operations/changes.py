"""The frame of every change: lock the owner's history, change one task, write rows and exactly one event.

A function of this module is called inside `changing`; the public verbs are in the modules beside it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts_app.models import User
from accounts_app.zones import zone_of
from events_app import sql
from events_app.contracts import (
    Payload,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskUpdated,
)
from events_app.rows import insert_rows, update_row
from events_app.writing import Log, writing
from tasks_app.models import Reminder, Tag, Task, TaskTag
from tasks_app.operations.search import put_words
from tasks_app.queries.tasks import FullTask, in_full, in_full_all, live_tasks
from tasks_app.rows import Row, snapshot

TaskEventType = type[TaskCreated] | type[TaskUpdated] | type[TaskCompleted] | type[TaskDeleted]

_NAMES = tuple(field.attname for field in Task._meta.concrete_fields if not field.primary_key)
# They change with everything else and say nothing about it.
_BOOKKEEPING = frozenset({"version", "updated_at"})


@dataclass(frozen=True, slots=True)
class Change:
    """What every change needs: the locked history, its owner's current zone, the moment."""

    log: Log
    zone: ZoneInfo
    at: datetime
    # Of many changes in one block: events to be recorded at its end, tasks that were read at its beginning.
    gathered: list[Payload] | None = None
    loaded: dict[int, FullTask] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)

    @property
    def owner_id(self) -> int:
        return self.log.user_id

    def record(self, payloads: Sequence[Payload]) -> None:
        """Append events to the history, now or with all others at the end of the block."""
        if self.gathered is None:
            self.log.record_many(payloads)
        else:
            self.gathered.extend(payloads)


@dataclass(slots=True)
class Draft(FullTask):
    """A task that is being changed: what it was, and what to say of its reminders when it is saved."""

    before: Row | None = None
    mirrored: tuple[object, ...] = ()
    columns: dict[str, object] = field(default_factory=dict)
    new_links: list[TaskTag] = field(default_factory=list)
    changed_reminders: list[Reminder] = field(default_factory=list)
    notices: list[Callable[[], Payload]] = field(default_factory=list)

    def touch(self, reminder: Reminder) -> None:
        """Have a reminder's row written when the draft is saved."""
        if all(each is not reminder for each in self.changed_reminders):
            self.changed_reminders.append(reminder)


@contextmanager
def changing(owner: User | int, *, at: datetime | None = None) -> Iterator[Change]:
    """Lock the owner's history for the block; `at` defaults to the database's clock.

    The owner's zone is read under the lock: a change of it is a change of the same history.
    """
    owner_id = owner if isinstance(owner, int) else owner.pk
    with writing(owner_id) as log:
        [(zone,)] = sql.fetch("SELECT time_zone FROM accounts_app_user WHERE id = %s", [owner_id])
        yield Change(log=log, zone=zone_of(zone), at=at or log.now)


@contextmanager
def changing_many(owner: User, task_ids: Collection[int], *, at: datetime) -> Iterator[Change]:
    """As `changing`, for many changes: plain tasks among these are read at once, events written at once."""
    with changing(owner, at=at) as change:
        plain = live_tasks(change.owner_id).filter(pk__in=task_ids, series__isnull=True)
        loaded = {full.task.pk: full for full in in_full_all(list(plain))} if task_ids else {}
        batch = replace(change, gathered=[], loaded=loaded)
        yield batch
        change.log.record_many(batch.gathered or [])


def draft_of(task: Task) -> Draft:
    """Open a task that exists for changes."""
    return draft_of_full(in_full(task))


def draft_of_full(full: FullTask) -> Draft:
    """Open a task for changes that is already loaded with tags and reminders."""
    draft = Draft(full.task, full.tags, full.reminders)
    draft.before, draft.mirrored = draft.lasting_row(), _mirrored(full.task)
    draft.columns = _columns(full.task)
    return draft


def draft_of_new(task: Task) -> Draft:
    """Insert a task and open it for what belongs to it."""
    return drafts_of_new([task])[0]


def drafts_of_new(tasks: Sequence[Task]) -> list[Draft]:
    """Insert tasks, in as few statements as for one, and open them for what belongs to them."""
    insert_rows(tasks)
    put_words(tasks)
    return [Draft(task, [], [], mirrored=_mirrored(task), columns=_columns(task)) for task in tasks]


def save(change: Change, draft: Draft, *, as_event: TaskEventType | None = None) -> bool:
    """Write the draft and its one event, then those of its reminders; without any difference do nothing.

    The event follows from what changed; `as_event` names it where it does not (trash and return).
    """
    write_around([draft])
    after = draft.lasting_row()
    before = after if draft.before is None else draft.before
    changed = [name for name in after if after[name] != before[name] and name not in _BOOKKEEPING]
    if draft.before is not None and not changed and as_event is None:
        return False
    if draft.before is not None:
        _raise_version(change, draft)
    if {"title", "description"} & set(changed):
        put_words([draft.task])
    _mirror(draft)
    kind = as_event or _event_for(draft)
    told = [] if kind is TaskCreated else changed
    previous = {name: before[name] for name in told}
    event = kind(task=snapshot(draft.lasting_row()), changed_fields=told, previous=previous)
    change.record([event, *(notice() for notice in draft.notices)])
    draft.before, draft.notices = draft.lasting_row(), []
    return True


def write_derived(draft: Draft) -> None:
    """Write instants that were derived again where the row that clients see is the same as before."""
    task = draft.task
    if _mirrored(task) != draft.mirrored:
        update_row(task, ["due_instant", "overdue_at", "due_sort"])
        _mirror(draft)


def write_around(drafts: Sequence[Draft]) -> None:
    """Write the new tag links and the changed reminders of drafts; `save` does it for what is left."""
    links = [link for draft in drafts for link in draft.new_links]
    reminders = [reminder for draft in drafts for reminder in draft.changed_reminders]
    known = [each for each in reminders if each.pk is not None]
    insert_rows(links)
    insert_rows([each for each in reminders if each.pk is None])
    for reminder in known:
        update_row(reminder)
    for draft in drafts:
        draft.new_links, draft.changed_reminders = [], []


def _raise_version(change: Change, draft: Draft) -> None:
    """Write the columns that changed, and that they did."""
    task = draft.task
    task.version += 1
    task.updated_at = change.at
    now = _columns(task)
    update_row(task, [name for name, value in now.items() if draft.columns.get(name) != value])
    draft.columns = now


def _columns(task: Task) -> dict[str, object]:
    return {name: task.__dict__[name] for name in _NAMES}


def _event_for(draft: Draft) -> TaskEventType:
    if draft.before is None:
        return TaskCreated
    if draft.task.completed_at is not None and not draft.before["completed"]:
        return TaskCompleted
    return TaskUpdated


def _mirrored(task: Task) -> tuple[object, ...]:
    return (task.priority, task.due_sort, task.completed_at is not None, task.is_live)


def _mirror(draft: Draft) -> None:
    """Repeat in the tag links what lists filter and sort by."""
    now = _mirrored(draft.task)
    if now != draft.mirrored and draft.tags:
        fields = dict(zip(("priority", "due_sort", "completed", "live"), now, strict=True))
        TaskTag.objects.filter(task=draft.task).update(**fields)
    draft.mirrored = now


def mirrored_fields(task: Task) -> dict[str, object]:
    """Return what a new tag link repeats of its task."""
    return dict(zip(("priority", "due_sort", "completed", "live"), _mirrored(task), strict=True))
