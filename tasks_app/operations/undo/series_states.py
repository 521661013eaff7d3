"""What a change did to series, beside its task: kept, so that it can be taken back and be done again.

The log tells tasks, not series. A change that may reach its series sets `Draft.series_before`; saving the draft keeps
what came of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F

from foundation.database import sql
from foundation.database.row_writes import insert_statements
from tasks_app.models import ExcludedSlot, Series, SeriesChange, SeriesTag, Task
from tasks_app.values.rows import Row

# Of how many of a task's changes, those by others among them, it is kept what they did to series.
CHANGES_KEPT: Final = 200
_RULE: Final = ("rule", "anchor", "overflow", "advance", "start", "time_zone", "floating")
SERIES_COLUMNS: Final = (*_RULE, "title", "description", "priority", "offsets", "end_reason")
PLACE: Final = ("series_id", "occurrence", "recurrence", "follows_id")
_BESIDE: Final = ("version", "rule_version", "follows_id", "series_id")
_FINISHED, _REMOVED = Series.EndReason.FINISHED.value, Series.EndReason.REMOVED.value


@dataclass(frozen=True, slots=True)
class SeriesState:
    """How a task stands to series: its place, the series themselves by id, the versions of what else is open."""

    place: Row
    series: Mapping[str, Row]
    others: Mapping[int, int]


def series_state_of(task: Task, *, also: Collection[str] = ()) -> SeriesState:
    """Return how a task stands to its series, and how those named besides are, in four queries or none."""
    return _series_states([(task, also)])[0]


def store_changes(reached: Sequence[tuple[Task, SeriesState | None]]) -> None:
    """Keep what changes that have just been written did to series, if they did anything; in few statements for all.

    A series that a change began was none before: undone, it has ended. None: the change could reach no series.
    """
    written = [(task, before) for task, before in reached if before is not None]
    if not written:
        return
    afters = _series_states([(task, before.series) for task, before in written])
    rows = [
        row
        for (task, before), after in zip(written, afters, strict=True)
        if (row := _stored_row(task, before, after)) is not None
    ]
    old = F("task__version") - CHANGES_KEPT
    SeriesChange.objects.filter(task__in=[row[0] for row in rows], version__lte=old).delete()
    sql.run_together(
        insert_statements(SeriesChange, ("task_id", "version", "is_shared", "before", "after"), rows)
    )


def _stored_row(task: Task, before: SeriesState, after: SeriesState) -> tuple[Any, ...] | None:
    begun = after.series.keys() - before.series.keys()
    was = {**before.series, **{key: {**after.series[key], "end_reason": _REMOVED} for key in begun}}
    if (before.place, was) == (after.place, after.series):
        return None
    is_shared = any(after.others.get(pk) != version for pk, version in before.others.items())
    kept = ({"place": before.place, "series": was}, {"place": after.place, "series": after.series})
    return (task.pk, task.version, is_shared, *kept)


def stored_change(task: Task, *, version: int) -> SeriesChange | None:
    """Return what the change that made this version of a task did to series; None: nothing that is known."""
    return SeriesChange.objects.filter(task=task, version=version).first()


def changes_series(kept: SeriesChange) -> bool:
    """Whether a change did more than give its task another place."""
    return bool(kept.before["series"] != kept.after["series"])


def _series_states(tasks: Sequence[tuple[Task, Collection[str]]]) -> list[SeriesState]:
    """Return how each task stands to its series, and how those named besides are, in four queries for all."""
    series_ids = [{int(key) for key in also} | _own(task) for task, also in tasks]
    every = set().union(*series_ids)
    if not every:
        return [SeriesState(_place(task, {}), {}, {}) for task, _ in tasks]
    tags: dict[int, list[int]] = defaultdict(list)
    for link in SeriesTag.objects.filter(series__in=every).order_by("series_id", "position"):
        tags[link.series_id].append(link.tag_id)
    series = {each.pk: _row(each, tags[each.pk]) for each in Series.objects.filter(pk__in=every)}
    excluded = _exclusions([task for task, _ in tasks])
    is_open = {"deleted_at__isnull": True, "completed_at__isnull": True}
    open_ones: dict[int, list[Task]] = defaultdict(list)
    for each in Task.objects.filter(series__in=every, **is_open).only(*_BESIDE):
        open_ones[each.series_id or 0].append(each)
    return [
        SeriesState(
            place=_place(task, excluded),
            series={str(key): series[key] for key in sorted(ids) if key in series},
            others=_beside(task, [each for key in ids for each in open_ones[key]]),
        )
        for (task, _), ids in zip(tasks, series_ids, strict=True)
    ]


def _exclusions(tasks: Sequence[Task]) -> dict[Any, str]:
    """Return why the series leave out the slots of these tasks, by series and slot."""
    slots = {task.occurrence for task in tasks if task.series_id is not None}
    rows = ExcludedSlot.objects.filter(series__in={task.series_id for task in tasks}, slot__in=slots)
    return {
        (series_id, slot): why for series_id, slot, why in rows.values_list("series_id", "slot", "reason")
    }


def _place(task: Task, excluded: Mapping[Any, str]) -> Row:
    place = {name: getattr(task, name) for name in PLACE}
    return {**place, "excluded": excluded.get((task.series_id, task.occurrence))}


def _own(task: Task) -> set[int]:
    return set() if task.series_id is None else {task.series_id}


def _beside(task: Task, open_ones: Iterable[Task]) -> dict[int, int]:
    """Return the versions of the other open occurrences; what follows the task untouched is a part of it."""
    return {
        each.pk: each.version
        for each in open_ones
        if each.pk != task.pk and not (each.follows_id == task.pk and each.is_untouched)
    }


def _row(series: Series, tags: Collection[int]) -> Row:
    row = {name: getattr(series, name) for name in SERIES_COLUMNS}
    if row["end_reason"] == _FINISHED:
        row["end_reason"] = ""  # by its rule alone, which makes no difference to what people changed
    return {**row, "tags": list(tags)}
