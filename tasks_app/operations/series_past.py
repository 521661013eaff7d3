"""What a change did to series, beside its task: kept, so that it can be taken back and be done again.

The log tells tasks, not series. A change that may reach its series sets `Draft.stood`; saving the draft keeps
what came of it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import F

from tasks_app.models import Series, SeriesChange, SeriesTag, Task
from tasks_app.rows import Row

# How many changes of a task undo looks back, past those by others.
CHANGES_BACK: Final = 20
_RULE: Final = ("rule", "anchor", "overflow", "start", "time_zone", "floating")
COLUMNS: Final = (*_RULE, "title", "description", "priority", "offsets", "end_reason")
PLACE: Final = ("series_id", "occurrence", "recurrence")
_FINISHED, _REMOVED = Series.EndReason.FINISHED.value, Series.EndReason.REMOVED.value


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands to series: its place, the series themselves by id, the versions of what else is open."""

    place: Row
    series: Mapping[str, Row]
    others: Mapping[int, int]


def standing_of(task: Task, *, also: Collection[str] = ()) -> Standing:
    """Return how a task stands to its series, and how those named besides are, in three queries."""
    ids = {int(key) for key in also} | ({task.series_id} if task.series_id is not None else set())
    tags: dict[int, list[int]] = defaultdict(list)
    for link in SeriesTag.objects.filter(series__in=ids).order_by("series_id", "position"):
        tags[link.series_id].append(link.tag_id)
    return Standing(
        place={name: getattr(task, name) for name in PLACE},
        series={str(each.pk): _row(each, tags[each.pk]) for each in Series.objects.filter(pk__in=ids)},
        others=_open_beside(task, ids),
    )


def keep(task: Task, before: Standing) -> None:
    """Keep what a change that has just been written did to series, if it did anything.

    A series that it began was none before: undone, it has ended.
    """
    after = standing_of(task, also=before.series)
    begun = after.series.keys() - before.series.keys()
    was = {**before.series, **{key: {**after.series[key], "end_reason": _REMOVED} for key in begun}}
    if (before.place, was) == (after.place, after.series):
        return
    touched = (pk for pk, version in before.others.items() if after.others.get(pk) != version)
    SeriesChange.objects.filter(task=task, version__lte=task.version - CHANGES_BACK).delete()
    SeriesChange.objects.create(
        task=task,
        version=task.version,
        is_shared=any(touched),
        before={"place": before.place, "series": was},
        after={"place": after.place, "series": after.series},
    )


def kept_of(task: Task, *, version: int) -> SeriesChange | None:
    """Return what the change that made this version of a task did to series; None: nothing that is known."""
    return SeriesChange.objects.filter(task=task, version=version).first()


def _open_beside(task: Task, series_ids: Collection[int]) -> dict[int, int]:
    """Return the versions of the other open occurrences; what follows the task untouched is a part of it."""
    rows = Task.objects.filter(series__in=series_ids, deleted_at__isnull=True, completed_at__isnull=True)
    others = rows.exclude(pk=task.pk).exclude(follows=task, rule_version=F("version"))
    return dict(others.values_list("pk", "version"))


def _row(series: Series, tags: Collection[int]) -> Row:
    row = {name: getattr(series, name) for name in COLUMNS}
    if row["end_reason"] == _FINISHED:
        row["end_reason"] = ""  # by its rule alone, which makes no difference to what people changed
    return {**row, "tags": list(tags)}
