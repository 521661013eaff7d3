"""Lists of tasks: which rows, in which order, along which index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from events_app.http import SortKey
from tasks_app.models import NO_DUE, Priority, Task, TaskTag
from tasks_app.queries.tags import tags_by_key
from tasks_app.queries.tasks import live_tasks, trashed_tasks

Span = tuple[datetime | None, datetime | None]
"""From (inclusive) and until (exclusive); None is open."""

BY_DUE = "due_date"
_PLAIN_KEYS = {
    "priority": "priority",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "title": "title",
    "completed_at": "completed_at",
}
SORT_NAMES = (BY_DUE, *_PLAIN_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCriteria:
    """What a list shall hold; None means that it does not matter."""

    trashed: bool = False
    completed: bool | None = None
    priorities: Sequence[Priority] = ()
    tag_keys: Sequence[str] = ()
    any_tag: bool = False
    untagged: bool = False
    due: Sequence[Span] = ()
    has_due: bool | None = None
    overdue_at: datetime | None = None
    not_overdue_at: datetime | None = None
    spans: Sequence[tuple[str, Span]] = ()
    series_id: int | None = None
    ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class TaskList:
    """Rows and the keys of their order; the last key is unique."""

    rows: QuerySet[Task]
    ordering: Sequence[SortKey]


def task_list(user_id: int, criteria: TaskCriteria, sort: Sequence[tuple[str, bool]] = ()) -> TaskList:
    """Return the user's tasks that fit, sorted by (name, descending) pairs, by default by due.

    Ties are sorted by id. With a tag to go by, the list runs along that tag's index, else along the user's.
    """
    rows = (trashed_tasks if criteria.trashed else live_tasks)(user_id)
    tags = _tag_ids(user_id, criteria)
    if tags is None:
        return TaskList(rows.none(), _ordering(sort, leads=False))
    leads = len(tags) > 0 and not criteria.any_tag and not criteria.trashed
    rows = _with_tags(rows, tags, criteria, leads=leads)
    return TaskList(rows.filter(_fits(criteria)), _ordering(sort, leads=leads))


def _tag_ids(user_id: int, criteria: TaskCriteria) -> list[int] | None:
    """Return the ids of the wanted tags; None when no task can have them."""
    if not criteria.tag_keys:
        return []
    found = tags_by_key(user_id, criteria.tag_keys)
    ids = list(dict.fromkeys(tag.pk for tag in found.values()))
    is_enough = ids if criteria.any_tag else found.keys() >= set(criteria.tag_keys)
    return ids if is_enough else None


def _with_tags(
    rows: QuerySet[Task], tags: Sequence[int], criteria: TaskCriteria, *, leads: bool
) -> QuerySet[Task]:
    if criteria.untagged:
        return rows.filter(~Exists(_links()))
    if not leads:
        return rows.filter(Exists(_links().filter(tag_id__in=tags))) if tags else rows
    first, *others = tags
    link = Q(tag_links__tag_id=first, tag_links__live=True)
    if criteria.completed is not None:
        link &= Q(tag_links__completed=criteria.completed)
    if criteria.priorities:
        link &= Q(tag_links__priority__in=criteria.priorities)
    rows = rows.filter(link).annotate(link_due=F("tag_links__due_sort"), link_task=F("tag_links__task_id"))
    for tag in others:
        rows = rows.filter(Exists(_links().filter(tag_id=tag)))
    return rows


def _links() -> QuerySet[TaskTag]:
    return TaskTag.objects.filter(task=OuterRef("pk"))


def _fits(criteria: TaskCriteria) -> Q:
    fits = Q()
    if criteria.completed is not None:
        fits &= Q(completed_at__isnull=not criteria.completed)
    if criteria.priorities:
        fits &= Q(priority__in=criteria.priorities)
    if criteria.series_id is not None:
        fits &= Q(series_id=criteria.series_id)
    if criteria.ids is not None:
        fits &= Q(id__in=criteria.ids)
    for name, span in criteria.spans:
        fits &= _within(name, span)
    return fits & _fits_due(criteria)


def _fits_due(criteria: TaskCriteria) -> Q:
    fits = Q()
    for span in criteria.due:
        fits &= _within("due_sort", span) & Q(due_sort__lt=NO_DUE)
    if criteria.has_due is not None:
        fits &= Q(due_date__isnull=not criteria.has_due)
    if criteria.overdue_at is not None:
        fits &= Q(completed_at__isnull=True, overdue_at__lte=criteria.overdue_at)
    if criteria.not_overdue_at is not None:
        fits &= Q(completed_at__isnull=False) | Q(overdue_at__gt=criteria.not_overdue_at)
    return fits


def _within(name: str, span: Span) -> Q:
    since, before = span
    fits = Q()
    if since is not None:
        fits &= Q(**{f"{name}__gte": since})
    if before is not None:
        fits &= Q(**{f"{name}__lt": before})
    return fits


def _ordering(sort: Sequence[tuple[str, bool]], *, leads: bool) -> Sequence[SortKey]:
    keys = [_key(name, descending, leads=leads) for name, descending in sort or ((BY_DUE, False),)]
    last = SortKey("link_task", nullable=False) if leads else SortKey("id", nullable=False)
    return (*keys, last)


def _key(name: str, descending: bool, *, leads: bool) -> SortKey:
    if name != BY_DUE:
        return SortKey(_PLAIN_KEYS[name], descending=descending)
    if descending:
        return SortKey("due_instant", descending=True, nullable=True)
    return SortKey("link_due" if leads else "due_sort", nullable=False)
