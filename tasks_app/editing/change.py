"""The frame of every change: lock the owner's history, read what the change needs, record its events.

The verbs that views call (`operations`) open a `Change` with `changing`. Every function that takes a `Change` as an
argument is called inside such a block.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from accounts_app.models import User
from accounts_app.preferences.zones import zone_of
from events_app.contracts import Payload, PrintedPayload
from events_app.log.append import Recordable
from events_app.log.write import Log, writing
from foundation.database import sql
from foundation.database.row_reads import rows_in
from tasks_app.models import Series, Tag, Task
from tasks_app.operations.quotas import TaskQuota
from tasks_app.operations.search_index import Prepared
from tasks_app.queries.series import SeriesProgress, progress_in
from tasks_app.queries.statements import select_for_change, select_progress_of
from tasks_app.queries.tasks import FullTask, full_task_in, live_tasks, load_all_full

if TYPE_CHECKING:
    from tasks_app.editing.draft import PendingSave


class Undoing(NamedTuple):
    """That a change takes back another one of the same task, and whether nobody's work is left on it then."""

    version: int
    leaves_untouched: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a user's tasks: the locked history, its owner's zone, the moment, and what was read ahead.

    With `payloads` the change is a batch: it records its events together, at its end. With `pending_saves` it also
    writes its drafts together.
    """

    log: Log
    zone_name: str
    at: datetime
    payloads: list[Recordable] | None = None
    """The events that a batch has collected; None: `record` appends events at once."""
    pending_saves: list["PendingSave"] | None = None
    """The drafts that a batch has collected for `save_all`; None: `save` writes a draft at once."""
    loaded: dict[int, FullTask] = field(default_factory=dict)
    """Tasks that were read right after the lock, by id. `open_task` removes the one that it opens."""
    series_in_order: set[int | None] = field(default_factory=set)
    """Series that were seen to need no successor: an occurrence is open, or they have ended."""
    task_ids: list[int] = field(default_factory=list)
    """Ids for tasks that will be made, where the database gave them beforehand: saving a task takes one."""
    progress: SeriesProgress | None = None
    """How far the series has come of an occurrence that was closed."""
    tags: dict[str, Tag] = field(default_factory=dict)
    """The owner's tags that have been read or inserted so far, by key."""
    asked_tags: frozenset[str] = frozenset()
    """The keys under which the owner's tags were looked up beside the lock."""
    task_quota: TaskQuota = field(default_factory=TaskQuota)
    words: Prepared = field(default_factory=dict)
    """The search words of titles and descriptions that will be written, made before the lock was taken."""
    undoing: dict[int, Undoing] = field(default_factory=dict)
    """Which changes are being taken back, by task; saving a task removes its own."""

    @property
    def owner_id(self) -> int:
        return self.log.user_id

    @property
    def zone(self) -> ZoneInfo:
        """The owner's current zone."""
        return zone_of(self.zone_name)

    def record(self, payloads: Sequence[Payload | PrintedPayload], *, first: Sequence[sql.Work] = ()) -> None:
        """Run the statements `first`, then append events, in one round trip; a batch appends them at its end."""
        if self.payloads is None:
            self.log.record_many(payloads, first=first)
        else:
            sql.run_together(first)
            self.payloads.extend(payloads)

    def flush(self) -> None:
        """Append the events that wait for the end of the block: what reads the history is about to look."""
        if self.payloads:
            self.log.record_many(self.payloads)
            self.payloads.clear()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a change will need first: it is read by the statement that follows the lock."""

    task_id: int | None = None
    """The task that will be opened first."""
    tag_keys: frozenset[str] = frozenset()
    """The keys of tags that will be set."""
    makes_task: bool = False
    """Whether a task will be made."""
    closed_id: int | None = None
    """Alone: an occurrence that was closed, whose series may have to go on."""

    def statement(self, owner_id: int) -> sql.Statement:
        """Return the SELECT of one row: the owner's zone first, then what is asked for."""
        if self.closed_id is not None:
            return select_progress_of(owner_id, self.closed_id)
        return select_for_change(
            owner_id, tag_keys=self.tag_keys, task_id=self.task_id, makes_task=self.makes_task
        )

    def change(self, log: Log, at: datetime, words: Prepared) -> Change:
        """Return the change of a history that was locked together with the statement."""
        zone_name, row = log.extra[0], log.extra[1:]
        if self.closed_id is not None:
            return Change(log, zone_name, at, progress=progress_in(row), words=words)
        tags = {tag.key: tag for tag in rows_in(Tag, row[1])} if self.tag_keys else {}
        change = Change(log, zone_name, at, tags=tags, asked_tags=self.tag_keys, words=words)
        if row[0] is not None:
            change.task_ids.append(row[0])
        if self.task_id is not None and row[3] is not None:
            full = full_task_in(row[3:])
            change.loaded[full.task.pk] = full
            change.tags.update({tag.key: tag for tag in full.tags if tag.retired_at is None})
            if row[2]:
                change.series_in_order.add(full.task.series_id)
        return change


_ZONE_ALONE: Final = Ask()


@contextmanager
def changing(
    owner: User | int, *, at: datetime | None = None, ask: Ask = _ZONE_ALONE, words: Prepared | None = None
) -> Iterator[Change]:
    """Lock the owner's history for the block and yield the change; `at` defaults to the database's clock.

    The owner's zone and what the block will `ask` for are read under the lock and in the same round trip: only the
    holder of the lock can change them. `words` are the search words of the texts that the block will write; see
    `operations.search_index`.
    """
    owner_id = owner if isinstance(owner, int) else owner.pk
    with writing(owner_id, also_select=ask.statement(owner_id)) as log:
        yield ask.change(log, at or log.now, words or {})


@contextmanager
def changing_many(
    owner: User, task_ids: Collection[int], *, at: datetime, words: Prepared | None = None
) -> Iterator[Change]:
    """As `changing`, for many changes: yield a batch that has read the owner's live tasks among `task_ids`."""
    with changing(owner, at=at, words=words) as change:
        tasks = list(live_tasks(change.owner_id).filter(pk__in=task_ids)) if task_ids else []
        loaded = {full.task.pk: full for full in load_all_full(tasks)}
        batch = replace(change, payloads=[], loaded=loaded, series_in_order=_find_series_in_order(tasks))
        yield batch
        change.log.record_many(batch.payloads or [])


def _find_series_in_order(tasks: Sequence[Task]) -> set[int | None]:
    """Return which series of these tasks need no successor: an occurrence is open, or the series has ended."""
    numbers = {task.series_id for task in tasks if task.series_id is not None}
    if not numbers:
        return set()
    is_open = Exists(Task.objects.filter(series=OuterRef("pk"), deleted_at=None, completed_at=None))
    series = Series.objects.filter(is_open | Q(ended_at__isnull=False), pk__in=numbers)
    return set(series.values_list("pk", flat=True))
