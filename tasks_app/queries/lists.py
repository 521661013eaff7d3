"""Lists of tasks: which rows, in which order, along which index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from events_app.http import SortKey
from tasks_app.models import NO_DUE, Priority, Task, TaskTag
from tasks_app.queries.orders import BY_RELEVANCE, LINK_COLUMNS, Ranks, Sort, order_by_relevance, order_of
from tasks_app.queries.search import Fitting, fitting, fitting_by_rank
from tasks_app.queries.tags import tags_by_key
from tasks_app.queries.tasks import live_tasks, trashed_tasks
from tasks_app.search.query import SearchQuery

Span = tuple[datetime | None, datetime | None]
"""From (inclusive) and until (exclusive); None is open."""


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
    search: SearchQuery | None = None


@dataclass(frozen=True, slots=True)
class TaskList:
    """Rows and the keys of their order; the last key is unique."""

    rows: QuerySet[Task]
    ordering: Sequence[SortKey]


def task_list(user_id: int, criteria: TaskCriteria, sort: Sort = ()) -> TaskList:
    """Return the user's tasks that fit, sorted by (name, descending) pairs, by default by due.

    Ties are sorted by id; relevance stands alone. With a tag to go by, the list runs along that tag's index,
    else along the user's; what a search finds and lists is read by its ids.
    """
    tags = _tag_ids(user_id, criteria)
    if tags is None or (criteria.search is not None and criteria.search.is_empty):
        return TaskList(Task.objects.none(), order_of((), along_links=False).keys)
    by_relevance = [descending for name, descending in sort if name == BY_RELEVANCE]
    in_title, found = _found(user_id, criteria, ranked=bool(by_relevance))
    leads = bool(tags) and not (criteria.any_tag or criteria.trashed or by_relevance)
    leads = leads and (found is None or found.ids is None)
    rows = _searched(user_id, criteria, found, ranked=in_title is not None)
    rows = _with_tags(rows, tags, criteria, leads=leads).filter(_fits(criteria))
    if by_relevance:
        order = order_by_relevance(_ranks(in_title, found), descending=by_relevance[0])
    else:
        order = order_of(sort, along_links=leads)
    return TaskList(rows.annotate(**order.annotations), order.keys)


def _found(user_id: int, criteria: TaskCriteria, *, ranked: bool) -> tuple[Fitting | None, Fitting | None]:
    """Return what the search finds by title, if that matters, and at all."""
    if criteria.search is None:
        return None, None
    if ranked:
        return fitting_by_rank(user_id, criteria.search)
    return None, fitting(user_id, criteria.search)


def _searched(user_id: int, criteria: TaskCriteria, found: Fitting | None, *, ranked: bool) -> QuerySet[Task]:
    rows = (trashed_tasks if criteria.trashed else live_tasks)(user_id)
    if found is None:
        return rows
    if found.ids is None:
        # Ranked rows are asked in their groups: a title hit need not be asked twice.
        return rows if ranked else rows.filter(found.condition)
    # The sum keeps planners from the owner's indexes, along which they would read all of the user's tasks.
    listed = Task.objects.alias(whose=F("owner_id") + 0).filter(found.rows, whose=user_id)
    return listed.filter(deleted_at__isnull=not criteria.trashed, withdrawn=False)


def _ranks(in_title: Fitting | None, found: Fitting | None) -> Ranks | None:
    if in_title is None or found is None:
        return None
    elsewhere = ~in_title.rows if found.ids is not None else found.condition & ~in_title.rows
    return Ranks(in_title.rows, elsewhere)


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
    if criteria.any_tag and tags:
        return rows.filter(Exists(_links().filter(tag_id__in=tags)))
    if not leads:
        return _with_each(rows, tags)
    first, *others = tags
    link = Q(tag_links__tag_id=first, tag_links__live=True)
    if criteria.completed is not None:
        link &= Q(tag_links__completed=criteria.completed)
    if criteria.priorities:
        link &= Q(tag_links__priority__in=criteria.priorities)
    for span in criteria.due:
        link &= _within("tag_links__due_sort", span)
    return _with_each(rows.filter(link).annotate(**LINK_COLUMNS), others)


def _with_each(rows: QuerySet[Task], tags: Sequence[int]) -> QuerySet[Task]:
    for tag in tags:
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
        fits &= Q(due_sort__lt=NO_DUE) if criteria.has_due else Q(due_sort=NO_DUE)
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
