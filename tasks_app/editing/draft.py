"""A task that is being changed, and how its rows and its event are written, top down. Called inside `changing`.

A draft knows the row that clients read before. Saving compares: what differs is written, and exactly one event says so,
in few statements for any number of drafts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

import orjson

from events_app.contracts import Payload, PrintedPayload, TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated
from foundation.database import sql
from foundation.database.row_writes import deletion, insert_all, insert_statements, update_statements
from tasks_app.editing.change import Change
from tasks_app.models import Reminder, Series, SeriesTag, Task, TaskTag
from tasks_app.operations.reminders.payloads import Notice
from tasks_app.operations.search_index import index_words
from tasks_app.operations.series.slot_times import write_slot_times
from tasks_app.operations.undo.series_states import SeriesState, store_changes
from tasks_app.queries.statements import mirror_tasks_in_links
from tasks_app.queries.tasks import FullTask, load_full
from tasks_app.values.rows import Row, instant_text

TaskEventType = type[TaskCreated] | type[TaskUpdated] | type[TaskCompleted] | type[TaskDeleted]

_COLUMNS: Final = tuple(field.attname for field in Task._meta.concrete_fields if not field.primary_key)
# They change with everything else and say nothing about it.
_BOOKKEEPING: Final = frozenset({"version", "updated_at"})
_REMINDER_COLUMNS: Final = tuple(
    field.attname for field in Reminder._meta.concrete_fields if not field.primary_key
)
_TEXTS: Final = frozenset({"title", "description"})
_DERIVED: Final = ("due_instant", "overdue_at", "due_sort")
# What tag links repeat of their task, for lists to filter and sort by.
_LINK_COLUMNS: Final = ("task_id", "tag_id", "position", "priority", "due_sort", "completed", "live")


@dataclass(slots=True)
class Draft(FullTask):
    """A task that is being changed: what it was, and what to say of its reminders when it is saved."""

    links: tuple[object, ...] = ()
    columns: dict[str, object] = field(default_factory=dict)
    has_new_tags: bool = False
    new_series: Series | None = None
    # How it stood to its series before, where the change may reach these.
    series_before: SeriesState | None = None
    changed_reminders: list[Reminder] = field(default_factory=list)
    # Offsets, by reminder, before the due became one of another kind.
    translated: dict[int, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def touch(self, reminder: Reminder) -> None:
        """Have a reminder's row written when the draft is saved."""
        if all(each is not reminder for each in self.changed_reminders):
            self.changed_reminders.append(reminder)


class PendingSave(NamedTuple):
    """A draft to be saved, and the event that names it where that does not follow from what changed."""

    draft: Draft
    as_event: TaskEventType | None = None


def draft_of(task: Task) -> Draft:
    """Return a task that exists, opened for changes."""
    return draft_of_full(load_full(task))


def draft_of_full(full: FullTask) -> Draft:
    """Return a task that is loaded with its tags and reminders, opened for changes."""
    draft = Draft(full.task, full.tags, full.reminders)
    draft.stored, draft.links = draft.lasting_row(), _repeated_in_links(full.task)
    draft.columns = full.task.__dict__.copy()
    return draft


def draft_of_new(task: Task) -> Draft:
    """Return a task that has no row yet; saving the draft inserts it."""
    return Draft(task, [], [])


def save(change: Change, draft: Draft, *, as_event: TaskEventType | None = None) -> None:
    """Write the draft and its one event, then those of its reminders; without any difference do nothing.

    The event follows from what changed; `as_event` names it where it does not (trash and return). Among many
    changes the draft waits for the others, and is as it was until `save_all`.
    """
    if change.pending_saves is None:
        save_all(change, [PendingSave(draft, as_event)])
    else:
        change.pending_saves.append(PendingSave(draft, as_event))


def save_all(change: Change, pending: Sequence[PendingSave]) -> None:
    """As `save` for each, in order; a task is among them once."""
    drafts = [each.draft for each in pending]
    new = [draft.task for draft in drafts if draft.stored is None]
    _begin_series([draft for draft in drafts if draft.new_series is not None])
    if new:
        insert_all(new)
    first = [*_write_links(drafts), *_write_reminders(drafts)]
    differing = [each for each in (_difference(*each) for each in pending) if each is not None]
    known = [each for each in differing if each.draft.stored is not None]
    first += [*_write_tasks(change, known), *_write_words(change, new, known), *_update_links(known)]
    change.record([event for each in differing for event in each.events()], first=first)
    _follow_up(change, differing)
    for each in differing:
        each.draft.stored, each.draft.notices, each.draft.series_before = each.row, [], None


def record_deletion(change: Change, drafts: Sequence[Draft]) -> None:
    """Record `task.deleted` of drafts in the trash whose rows are removed right after, and not written before."""
    differing = [each for each in (_difference(draft, TaskDeleted) for draft in drafts) if each is not None]
    for each in differing:
        each.raise_version(at=change.at)
    change.record([event for each in differing for event in each.events()])


def write_derived(draft: Draft) -> None:
    """Write instants that were derived again where the row that clients see is the same as before."""
    if _repeated_in_links(draft.task) != draft.links:
        links = [mirror_tasks_in_links([draft.task.pk])] if draft.tags else []
        sql.run_together([*update_statements([draft.task], _DERIVED), *links])
        draft.links = _repeated_in_links(draft.task)


@dataclass(slots=True)
class _Difference:
    """A draft that differs from its row: the row that clients read now, which fields of it changed, the event."""

    draft: Draft
    row: Row
    changed: list[str]
    kind: TaskEventType

    def events(self) -> Iterable[Payload | PrintedPayload]:
        """Return the event of the task, then those of its reminders."""
        return [self._of_task(), *(notice.payload(self.draft.task) for notice in self.draft.notices)]

    def raise_version(self, *, at: datetime) -> None:
        """Note, on the task and in its row, that it has changed."""
        task = self.draft.task
        task.version, task.updated_at = task.version + 1, at
        self.row["version"], self.row["updated_at"] = task.version, instant_text(at)

    def _of_task(self) -> PrintedPayload:
        """Return the event as the log keeps it; `lasting_row` gives what its contract demands."""
        before = self.draft.stored or {}
        names = [] if self.kind is TaskCreated else self.changed
        content: dict[str, object] = {
            "task": self.row,
            "changed_fields": names,
            "previous": {each: before[each] for each in names},
        }
        if self.kind is TaskDeleted:
            content["reason"] = "missed" if self.draft.task.is_missed else None
        return PrintedPayload(self.kind, self.draft.task.pk, orjson.dumps(content).decode())


def _difference(draft: Draft, as_event: TaskEventType | None) -> _Difference | None:
    """Return how a draft differs from its row; None if it does not."""
    row, before = draft.lasting_row(), draft.stored
    if before is None:
        draft.links, draft.columns = _repeated_in_links(draft.task), draft.task.__dict__.copy()
        return _Difference(draft, row, [], as_event or TaskCreated)
    changed = [name for name in row if row[name] != before[name] and name not in _BOOKKEEPING]
    if not changed and as_event is None:
        return None
    return _Difference(draft, row, changed, as_event or _event_for(draft.task, before))


def _event_for(task: Task, before: Row) -> TaskEventType:
    if task.completed_at is not None:
        return TaskUpdated if before["completed"] else TaskCompleted
    return TaskDeleted if task.is_missed else TaskUpdated


def _begin_series(drafts: Sequence[Draft]) -> None:
    """Insert the series that these drafts begin, with the tags of their templates."""
    if not drafts:
        return
    begun = [(draft, draft.new_series) for draft in drafts if draft.new_series is not None]
    insert_all([series for _, series in begun])
    links = [(series.pk, tag.pk, place) for draft, series in begun for place, tag in enumerate(draft.tags)]
    sql.run_together(insert_statements(SeriesTag, ("series_id", "tag_id", "position"), links))
    for draft, series in begun:
        draft.task.series, draft.new_series = series, None


def _write_links(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Return the statements that put the tags of drafts in the place of those before."""
    retagged = [draft for draft in drafts if draft.has_new_tags]
    if not retagged:
        return []
    work: list[sql.Work] = []
    if old := [draft.task.pk for draft in retagged if draft.stored is not None and draft.stored["tags"]]:
        work.append(deletion(TaskTag, "task_id", old))
    links = [link for draft in retagged for link in _links(draft)]
    for draft in retagged:
        draft.has_new_tags, draft.links = False, _repeated_in_links(draft.task)
    return [*work, *insert_statements(TaskTag, _LINK_COLUMNS, links)]


def _links(draft: Draft) -> Iterator[tuple[object, ...]]:
    task_id, repeated = draft.task.pk, _repeated_in_links(draft.task)
    return ((task_id, tag.pk, place, *repeated) for place, tag in enumerate(draft.tags))


def _write_reminders(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Insert new reminders, since events say their numbers; return the statements that update the others."""
    new: list[Reminder] = []
    known: list[Reminder] = []
    for draft in drafts:
        for reminder in draft.changed_reminders:
            reminder.task_id = draft.task.pk
            (known if reminder.pk else new).append(reminder)
        draft.changed_reminders = []
    if new:
        insert_all(new)
    return update_statements(known, _REMINDER_COLUMNS) if known else []


def _write_tasks(change: Change, differing: Sequence[_Difference]) -> list[sql.Work]:
    """Return the statements that update the columns that changed: one for all tasks of the same columns."""
    changes: dict[tuple[str, ...], list[Task]] = defaultdict(list)
    for each in differing:
        each.raise_version(at=change.at)
        now, draft = each.draft.task.__dict__.copy(), each.draft
        changes[tuple([name for name in _COLUMNS if draft.columns[name] != now[name]])].append(draft.task)
        draft.columns = now
    return [work for names, tasks in changes.items() for work in update_statements(tasks, names)]


def _write_words(change: Change, new: Sequence[Task], known: Sequence[_Difference]) -> list[sql.Work]:
    """Return the statements that write the words of new tasks and of texts that changed."""
    reworded = [each.draft.task for each in known if not _TEXTS.isdisjoint(each.changed)]
    return [
        *(index_words(reworded, prepared=change.words) if reworded else ()),
        *(index_words(new, prepared=change.words, are_new=True) if new else ()),
    ]


def _update_links(differing: Sequence[_Difference]) -> list[sql.Work]:
    """Return the statement that repeats in tag links what has changed of their tasks."""
    moved = []
    for draft in (each.draft for each in differing):
        now = _repeated_in_links(draft.task)
        if now != draft.links and draft.tags:
            moved.append(draft.task.pk)
        draft.links = now
    return [mirror_tasks_in_links(moved)] if moved else []


def _repeated_in_links(task: Task) -> tuple[object, ...]:
    """Return what tag links repeat of their task: priority, sorting due, completed, live."""
    return (task.priority, task.due_sort, task.completed_at is not None, task.deleted_at is None)


def _follow_up(change: Change, differing: Sequence[_Difference]) -> None:
    """Keep what changed of series, for undo; write when the next slot begins of those that go on by schedule."""
    reached = [
        (each.draft.task, each.draft.series_before)
        for each in differing
        if each.draft.series_before is not None
    ]
    if reached:
        store_changes(reached)
    moved = {
        each.draft.task.series_id
        for each in differing
        if _is_scheduled(each.row) or _is_scheduled(each.draft.stored or {})
    }
    if moved:
        write_slot_times(change, [series_id for series_id in moved if series_id is not None])


def _is_scheduled(row: Row) -> bool:
    """Whether the series of a task goes on by its schedule alone."""
    return (row.get("recurrence") or {}).get("advance") == Series.Advance.SCHEDULED
