"""Writing what drafts have become: rows, and exactly one event each, in few statements for any number of drafts.

Called inside `changing`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from events_app.contracts import Payload, Printed, TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated
from foundation.database import sql
from foundation.database.row_sets import deletion, insert_all, inserting, updating
from tasks_app.editing.edit import COLUMNS, Change, Draft, TaskEventType, Waiting, columns_of, mirrored
from tasks_app.models import Reminder, SeriesTag, Task, TaskTag
from tasks_app.operations.search_index import words_put
from tasks_app.operations.series.slot_times import goes_on_by_itself, write_slot_times
from tasks_app.operations.undo.series_states import keep_all
from tasks_app.queries.statements import mirror_tasks_in_links
from tasks_app.values.rows import Row, instant_text

# They change with everything else and say nothing about it.
_BOOKKEEPING: Final = frozenset({"version", "updated_at"})
_REMINDER_NAMES: Final = tuple(
    field.attname for field in Reminder._meta.concrete_fields if not field.primary_key
)
_TEXTS: Final = frozenset({"title", "description"})
_LINK: Final = ("task_id", "tag_id", "position", "priority", "due_sort", "completed", "live")


@dataclass(slots=True)
class _Told:
    """A draft that differs from its row: the row that clients see now, which fields of it changed, the event."""

    draft: Draft
    row: Row
    changed: list[str]
    kind: TaskEventType

    def events(self) -> Iterable[Payload | Printed]:
        """Return what there is to say: of the task, then of its reminders."""
        return [self._of_task(), *(notice() for notice in self.draft.notices)]

    def _of_task(self) -> Printed:
        """Return the event as the log keeps it; `lasting_row` gives what its contract demands."""
        before = self.draft.before or {}
        names = [] if self.kind is TaskCreated else self.changed
        content: dict[str, object] = {
            "task": self.row,
            "changed_fields": names,
            "previous": {each: before[each] for each in names},
        }
        if self.kind is TaskDeleted:
            content["reason"] = "missed" if self.draft.task.is_missed else None
        return Printed(self.kind, self.draft.task.pk, orjson.dumps(content).decode())


def save(change: Change, draft: Draft, *, as_event: TaskEventType | None = None) -> None:
    """Write the draft and its one event, then those of its reminders; without any difference do nothing.

    The event follows from what changed; `as_event` names it where it does not (trash and return). Among many
    changes the draft waits for the others, and is as it was until `save_all`.
    """
    if change.waiting is None:
        save_all(change, [Waiting(draft, as_event)])
    else:
        change.waiting.append(Waiting(draft, as_event))


def save_all(change: Change, waiting: Sequence[Waiting]) -> None:
    """As `save` for each, in order; a task is among them once."""
    drafts = [each.draft for each in waiting]
    _begin_series(drafts)
    new = [draft.task for draft in drafts if draft.before is None]
    insert_all(new)
    around = [*_links_written(drafts), *_reminders_written(drafts)]
    told = [each for each in (_told(draft, as_event) for draft, as_event in waiting) if each is not None]
    known = [each for each in told if each.draft.before is not None]
    reworded = [each.draft.task for each in known if not _TEXTS.isdisjoint(each.changed)]
    work = [
        *around,
        *_versions_raised(change, known),
        *words_put(reworded, prepared=change.words),
        *words_put(new, prepared=change.words, are_new=True),
        *_mirrored([each.draft for each in known]),
    ]
    change.record([event for each in told for event in each.events()], after=work)
    keep_all([(each.draft.task, each.draft.stood) for each in told if each.draft.stood is not None])
    moved = {each.draft.task.series_id for each in told if goes_on_by_itself(each.draft)}
    if moved:
        write_slot_times(change, [series_id for series_id in moved if series_id is not None])
    for each in told:
        each.draft.before, each.draft.notices, each.draft.stood = each.row, [], None


def tell_gone(change: Change, drafts: Sequence[Draft]) -> None:
    """Record `task.deleted` of drafts in the trash whose rows are removed right after, and not written before."""
    told = [each for each in (_told(draft, TaskDeleted) for draft in drafts) if each is not None]
    for each in told:
        _raise_version(change, each)
    change.record([event for each in told for event in each.events()])


def write_derived(draft: Draft) -> None:
    """Write instants that were derived again where the row that clients see is the same as before."""
    if mirrored(draft.task) != draft.mirrored:
        names = ("due_instant", "overdue_at", "due_sort")
        sql.run_together([*updating([draft.task], names), *_mirrored([draft])])


def _begin_series(drafts: Sequence[Draft]) -> None:
    """Insert the series that drafts begin, with the tags of their templates."""
    beginning = [(draft, draft.begins) for draft in drafts if draft.begins is not None]
    insert_all([series for _, series in beginning])
    links = [
        (series.pk, tag.pk, place) for draft, series in beginning for place, tag in enumerate(draft.tags)
    ]
    sql.run_together(inserting(SeriesTag, ("series_id", "tag_id", "position"), links))
    for draft, series in beginning:
        draft.task.series, draft.begins = series, None


def _links_written(drafts: Sequence[Draft]) -> list[sql.Work]:
    relinked = [draft for draft in drafts if draft.relinked]
    old = [draft.task.pk for draft in relinked if draft.before is not None and draft.before["tags"]]
    work: list[sql.Work] = []
    if old:
        work.append(deletion(TaskTag, "task_id", old))
    links = [link for draft in relinked for link in _links(draft)]
    for draft in relinked:
        draft.relinked, draft.mirrored = False, mirrored(draft.task)
    return [*work, *inserting(TaskTag, _LINK, links)]


def _links(draft: Draft) -> Iterator[tuple[object, ...]]:
    task_id, repeated = draft.task.pk, mirrored(draft.task)
    return ((task_id, tag.pk, place, *repeated) for place, tag in enumerate(draft.tags))


def _reminders_written(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Insert new reminders, since events say their numbers; return what writes the others."""
    new: list[Reminder] = []
    known: list[Reminder] = []
    for draft in drafts:
        for reminder in draft.changed_reminders:
            reminder.task_id = draft.task.pk
            (known if reminder.pk else new).append(reminder)
        draft.changed_reminders = []
    insert_all(new)
    return updating(known, _REMINDER_NAMES)


def _told(draft: Draft, as_event: TaskEventType | None) -> _Told | None:
    """Return what there is to say of a draft; None without any difference."""
    row, before = draft.lasting_row(), draft.before
    if before is None:
        draft.mirrored, draft.columns = mirrored(draft.task), columns_of(draft.task)
        return _Told(draft, row, [], as_event or TaskCreated)
    changed = [name for name in row if row[name] != before[name] and name not in _BOOKKEEPING]
    if not changed and as_event is None:
        return None
    return _Told(draft, row, changed, as_event or _event_for(draft, before))


def _event_for(draft: Draft, before: Row) -> TaskEventType:
    if draft.task.is_missed:
        return TaskDeleted
    is_done = draft.task.completed_at is not None
    return TaskCompleted if is_done and not before["completed"] else TaskUpdated


def _versions_raised(change: Change, told: Sequence[_Told]) -> list[sql.Work]:
    """Return what writes the columns that changed, and that they did: one statement for all of the same columns."""
    changes: dict[tuple[str, ...], list[Task]] = defaultdict(list)
    for each in told:
        _raise_version(change, each)
        now, draft = columns_of(each.draft.task), each.draft
        changes[tuple([name for name in COLUMNS if draft.columns[name] != now[name]])].append(draft.task)
        draft.columns = now
    return [work for names, tasks in changes.items() for work in updating(tasks, names)]


def _raise_version(change: Change, each: _Told) -> None:
    task = each.draft.task
    task.version += 1
    task.updated_at = change.at
    each.row["version"], each.row["updated_at"] = task.version, instant_text(change.at)


def _mirrored(drafts: Sequence[Draft]) -> list[sql.Work]:
    """Return what repeats in the tag links what lists filter and sort by."""
    moved = []
    for draft in drafts:
        now = mirrored(draft.task)
        if now != draft.mirrored and draft.tags:
            moved.append(draft.task.pk)
        draft.mirrored = now
    return [mirror_tasks_in_links(moved)] if moved else []
