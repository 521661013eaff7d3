"""A task that is being changed, and how its rows and its event are written. Called inside `changing`.

A draft keeps the row that clients read before the change. `save` compares it with the row that they would read now,
writes the columns that differ and records exactly one event. `save_all` does so for many drafts in few statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson

from events_app.contracts import Payload, PrintedPayload, TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated
from foundation.database import sql
from foundation.database.row_writes import (
    deletion,
    insert_all,
    insert_statements,
    update_statements,
)
from tasks_app.editing.change import Change, Undoing
from tasks_app.editing.new_rows import insert_series, insert_tasks
from tasks_app.models import Reminder, Series, Task, TaskTag
from tasks_app.operations.reminders.payloads import Notice
from tasks_app.operations.search_index import index_states, index_tags, index_words, set_title_keys
from tasks_app.operations.series.slot_times import write_slot_times
from tasks_app.operations.undo.series_states import SeriesState, store_changes
from tasks_app.queries.statements import mirror_tasks_in_links
from tasks_app.queries.tasks import FullTask, load_full
from tasks_app.values.rows import Row, set_document

TaskEventType = type[TaskCreated] | type[TaskUpdated] | type[TaskCompleted] | type[TaskDeleted]

_TASK_COLUMNS: Final = tuple(field.attname for field in Task._meta.concrete_fields if not field.primary_key)
# Fields that every change writes: they alone make no difference.
_BOOKKEEPING: Final = frozenset({"version", "updated_at"})
_REMINDER_COLUMNS: Final = tuple(
    field.attname for field in Reminder._meta.concrete_fields if not field.primary_key
)
_INDEXED_TEXTS: Final = frozenset({"title", "description"})
# The last four repeat columns of the task, so that lists filter and sort by links alone; see `mirrored_values`.
_LINK_COLUMNS: Final = ("task_id", "tag_id", "position", "priority", "due_sort", "completed", "live")


@dataclass(slots=True)
class Draft(FullTask):
    """A task that is being changed, what its rows hold, and what saving has to write beside the task itself."""

    mirrored: tuple[object, ...] = ()
    """What the tag links of the task hold now; see `mirrored_values`."""
    columns: dict[str, object] = field(default_factory=dict)
    """What the columns of the task's row hold now, by attribute."""
    row_to_insert: Row | None = None
    """The row of a new task before it and its reminders have ids."""
    has_new_tags: bool = False
    by_rule: bool = False
    """Whether the rule of its series changes the task, not a person."""
    deletion_reason: str | None = None
    """Why the task goes, if for another reason than that somebody deleted it."""
    new_series: Series | None = None
    """A series that begins with this task and has no row yet."""
    series_before: SeriesState | None = None
    """The series of the task before the change, where the change may reach them: undo needs it."""
    changed_reminders: list[Reminder] = field(default_factory=list)
    translated: dict[int, str] = field(default_factory=dict)
    """The offsets of reminders, by reminder, as they were before the due changed its kind."""
    notices: list[Notice] = field(default_factory=list)
    """The firings that the change planned or cancelled; each becomes an event."""

    @property
    def needs_title_key(self) -> bool:
        """Whether the title is new, or is not sorted by a key yet."""
        return self.stored is None or not self.task.title_key or self.stored["title"] != self.task.title

    def touch(self, reminder: Reminder) -> None:
        """Note that a reminder's row must be written when the draft is saved."""
        if all(each is not reminder for each in self.changed_reminders):
            self.changed_reminders.append(reminder)


class PendingSave(NamedTuple):
    """A draft that waits to be saved, and its event where that does not follow from what changed."""

    draft: Draft
    as_event: TaskEventType | None = None


def draft_of(task: Task) -> Draft:
    """Return a stored task, opened for changes; its tags and reminders are read."""
    return draft_of_full(load_full(task))


def draft_of_full(full: FullTask) -> Draft:
    """Return a stored task that was read with its tags and reminders, opened for changes."""
    draft = Draft(full.task, full.tags, full.reminders)
    draft.stored, draft.mirrored = draft.lasting_row(), mirrored_values(full.task)
    draft.columns = full.task.__dict__.copy()
    return draft


def draft_of_new(task: Task) -> Draft:
    """Return a draft of a task that has no row yet; saving the draft inserts it."""
    return Draft(task, [], [])


def save(change: Change, draft: Draft, *, as_event: TaskEventType | None = None) -> None:
    """Write what differs, record the task's one event, then those of its reminders; do nothing without a difference.

    The event follows from what changed; `as_event` names it where it does not, as in the trash. In a batch with
    `pending_saves` the draft is only collected, and stays as it is until `save_all`.
    """
    if change.pending_saves is None:
        save_all(change, [PendingSave(draft, as_event)])
    else:
        change.pending_saves.append(PendingSave(draft, as_event))


def save_all(change: Change, pending: Sequence[PendingSave]) -> None:
    """As `save` for each, in order. A task may be among them once only.

    Rows whose ids others need are inserted at once: series before their tasks, tasks before their reminders, and
    reminders before the rows are compared, since events name them. All other statements run with those that append
    the events, in one round trip.
    """
    drafts = [each.draft for each in pending]
    new = [draft for draft in drafts if draft.stored is None]
    if retitled := [draft for draft in drafts if draft.needs_title_key]:
        set_title_keys(retitled)
    if begins := [draft for draft in drafts if draft.new_series is not None]:
        insert_series(begins)
    statements = insert_tasks(change, new) if new else []
    statements += [*_tag_statements(drafts), *_write_reminders(drafts)]
    differing = [each for each in (_find_difference(*each) for each in pending) if each is not None]
    known = [each for each in differing if each.draft.stored is not None]
    mirrors = _mirror_statements(known)
    statements += [*_task_statements(change, known), *_word_statements(change, new, known)]
    statements += mirrors
    change.record([event for each in differing for event in each.events()], first=statements)
    if any(each.draft.series_before is not None for each in differing):
        store_changes([(each.draft.task, each.draft.series_before) for each in differing])
    _refresh_slot_times(change, differing)
    for each in differing:
        each.draft.stored, each.draft.notices, each.draft.series_before = each.row, [], None
        each.draft.by_rule = False


def record_deletion(change: Change, drafts: Sequence[Draft], *, reason: str | None = None) -> None:
    """Record `task.deleted` of trashed drafts whose rows the caller removes right after; no row is written."""
    for draft in drafts:
        draft.deletion_reason = reason
    differing = list(filter(None, (_find_difference(draft, TaskDeleted) for draft in drafts)))
    for each in differing:
        each.raise_version(change)
    change.record([event for each in differing for event in each.events()])


@dataclass(slots=True)
class _Difference:
    """A draft whose row differs from the stored one: the new row, the names of the fields that changed, the event."""

    draft: Draft
    row: Row
    changed: list[str]
    event_type: TaskEventType
    undoing: Undoing | None = None

    def events(self) -> Iterable[Payload | PrintedPayload]:
        """Return the event of the task, then the events of its reminders."""
        return [self._task_event(), *(notice.payload(self.draft.task) for notice in self.draft.notices)]

    def raise_version(self, change: Change) -> None:
        """Count the change in the task's version and date, and in the new row; note which change it undoes, if any."""
        task, at = self.draft.task, change.at
        task.version, task.updated_at, self.undoing = task.version + 1, at, change.undoing.pop(task.pk, None)
        if self.undoing is not None and self.undoing.leaves_untouched:
            task.rule_version = task.version
        set_document(task, self.row)

    def _task_event(self) -> PrintedPayload:
        """Return the event of the task, printed; `lasting_row` has the fields that its contract demands."""
        before = self.draft.stored or {}
        names = [] if self.event_type is TaskCreated else self.changed
        content: dict[str, object] = {
            "task": self.row,
            "changed_fields": names,
            "previous": {each: before[each] for each in names},
        }
        if self.undoing is not None:
            content["undoes"] = self.undoing.version
        if self.draft.by_rule:
            content["by_rule"] = True
        if self.event_type is TaskDeleted:
            content["reason"] = "missed" if self.draft.task.is_missed else self.draft.deletion_reason
        return PrintedPayload(self.event_type, self.draft.task.pk, orjson.dumps(content).decode())


def _find_difference(draft: Draft, as_event: TaskEventType | None) -> _Difference | None:
    """Return how a draft differs from its stored row, or None; a new draft, just inserted, differs from nothing."""
    before = draft.stored
    if before is None:
        draft.mirrored, draft.columns = mirrored_values(draft.task), draft.task.__dict__.copy()
        return _Difference(draft, _inserted_row(draft), [], as_event or TaskCreated)
    row = draft.lasting_row()
    changed = [name for name in row if row[name] != before[name] and name not in _BOOKKEEPING]
    if not changed and as_event is None:
        return None
    return _Difference(draft, row, changed, as_event or _event_for(draft.task, before))


def _inserted_row(draft: Draft) -> Row:
    """Return the row of a task that has just been inserted, as its reminders have."""
    row, draft.row_to_insert = draft.row_to_insert or draft.lasting_row(), None
    row["id"] = draft.task.pk
    return row | draft.reminder_fields() if draft.reminders else row


def _event_for(task: Task, before: Row) -> TaskEventType:
    if task.completed_at is not None:
        return TaskUpdated if before["completed"] else TaskCompleted
    return TaskDeleted if task.is_missed else TaskUpdated


def _tag_statements(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Return the statements that replace the tag links of drafts with new tags."""
    retagged = [draft for draft in drafts if draft.has_new_tags]
    if not retagged:
        return []
    statements: list[sql.Work] = []
    if old := [draft.task.pk for draft in retagged if draft.stored is not None and draft.stored["tags"]]:
        statements.append(deletion(TaskTag, "task_id", old))
    links: list[tuple[object, ...]] = []
    for draft in retagged:
        draft.has_new_tags, draft.mirrored = False, mirrored_values(draft.task)
        links += [(draft.task.pk, tag.pk, i, *draft.mirrored) for i, tag in enumerate(draft.tags)]
    return [*statements, *insert_statements(TaskTag, _LINK_COLUMNS, links)]


def _write_reminders(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Insert new reminders, whose ids events name; return the statements that update the others."""
    new: list[Reminder] = []
    known: list[Reminder] = []
    for draft in drafts:
        for reminder in draft.changed_reminders:
            reminder.task_id = draft.task.pk
            (known if reminder.pk else new).append(reminder)
        draft.changed_reminders = []
    insert_all(new)
    return update_statements(known, _REMINDER_COLUMNS) if known else []


def _task_statements(change: Change, differing: Sequence[_Difference]) -> list[sql.Work]:
    """Raise versions; return the statements that update changed columns, one for all tasks with the same ones."""
    tasks_by_columns: dict[tuple[str, ...], list[Task]] = defaultdict(list)
    for each in differing:
        each.raise_version(change)
        now, draft = each.draft.task.__dict__.copy(), each.draft
        changed = tuple([name for name in _TASK_COLUMNS if draft.columns[name] != now[name]])
        tasks_by_columns[changed].append(draft.task)
        draft.columns = now
    return [work for names, tasks in tasks_by_columns.items() for work in update_statements(tasks, names)]


def _word_statements(change: Change, new: Sequence[Draft], known: Sequence[_Difference]) -> list[sql.Work]:
    """Return the statements that write the search words of new tasks, and of texts and tags that changed."""
    reworded = [each.draft for each in known if not _INDEXED_TEXTS.isdisjoint(each.changed)]
    retagged = [each.draft for each in known if "tags" in each.changed]
    statements = index_words(reworded, prepared=change.words) if reworded else []
    statements += index_tags(retagged) if retagged else []
    return statements + (index_words(new, prepared=change.words, are_new=True) if new else [])


def _mirror_statements(differing: Sequence[_Difference]) -> list[sql.Work]:
    """Return the statements that copy to tag links and search words what changed of their tasks, if anything did."""
    drafts, changed = [each.draft for each in differing], []
    moved = [each for each in drafts if bool(each.columns["deleted_at"]) != bool(each.task.deleted_at)]
    for draft in drafts:
        before, draft.mirrored = draft.mirrored, mirrored_values(draft.task)
        if before != draft.mirrored and draft.tags:
            changed.append(draft.task.pk)
    statements: list[sql.Work] = [mirror_tasks_in_links(changed)] if changed else []
    return statements + index_states(moved) if moved else statements


def mirrored_values(task: Task) -> tuple[object, ...]:
    """Return what tag links repeat of their task: priority, sorting due, completed, live."""
    return (task.priority, task.due_sort, task.completed_at is not None, task.deleted_at is None)


def _refresh_slot_times(change: Change, differing: Sequence[_Difference]) -> None:
    """Write anew when the next slot begins, of series that go on by their schedule and had an occurrence changed."""
    rows = [(each.draft.task.series_id, row) for each in differing for row in (each.row, each.draft.stored)]
    series_ids = {series_id for series_id, row in rows if series_id is not None and _is_scheduled(row or {})}
    if series_ids:
        write_slot_times(change, series_ids)


def _is_scheduled(row: Row) -> bool:
    """Whether the series of a task goes on by its schedule alone."""
    return (row.get("recurrence") or {}).get("advance") == Series.Advance.SCHEDULED
