"""Lists of tasks: which rows, in which order, along which index."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from foundation.http.keyset import Keyset
from tasks_app.queries.lists import criteria as wanted
from tasks_app.queries.lists.criteria import TaskCriteria
from tasks_app.queries.lists.orders import BY_RELEVANCE, Ranks, Sort, order_by_relevance, order_of
from tasks_app.queries.lists.search import Hits, Matches, find_matches, find_ranked_matches
from tasks_app.queries.lists.task_rows import TaskRows
from tasks_app.search.backends import SqlFragment

_BY_DUE: Final = Keyset(order_of((), along_links=False))


def task_list(user_id: int, criteria: TaskCriteria, sort: Sort = (), *, now: datetime) -> TaskRows:
    """Return the user's tasks that fit, sorted by (name, descending) pairs, by default by due.

    Ties are sorted by id; relevance stands alone. With a tag to go by, the list runs along that tag's index,
    else along the user's; what a search finds in the index of words is read from there.
    """
    if _is_impossible(criteria):
        return TaskRows(_BY_DUE, user_id, (), now, is_empty=True)
    tags, others = (_tags(user_id, keys) for keys in (criteria.tag_keys, criteria.tag_keys_not))
    by_relevance = [descending for name, descending in sort if name == BY_RELEVANCE]
    in_title, found = _find(user_id, criteria, ranked=bool(by_relevance))
    leads = bool(tags) and not (criteria.any_tag or criteria.trashed or by_relevance)
    leads = leads and (found is None or not isinstance(found.found, Hits))
    if by_relevance:
        keys = order_by_relevance(_ranks(in_title, found), descending=by_relevance[0])
    else:
        keys = order_of(sort, along_links=leads)
    filters = (
        *_tag_conditions(tags, criteria, leads=leads),
        *([wanted.no_tag_condition(others)] if others else ()),
        *wanted.task_conditions(criteria),
    )
    return TaskRows(
        Keyset(keys),
        user_id,
        (*wanted.trash_conditions(trashed=criteria.trashed), *filters),
        now,
        along_links=leads,
        found=found.found if found else None,
        counted=found.counted if found else None,
        is_filtered=bool(filters) or criteria.trashed,
    )


def _find(user_id: int, criteria: TaskCriteria, *, ranked: bool) -> tuple[Matches | None, Matches | None]:
    """Return what the search finds by title, if that matters, and at all."""
    if criteria.search is None:
        return None, None
    if ranked:
        return find_ranked_matches(user_id, criteria.search, trashed=criteria.trashed)
    return None, find_matches(user_id, criteria.search, trashed=criteria.trashed)


def _ranks(in_title: Matches | None, found: Matches | None) -> Ranks | None:
    if in_title is None or found is None:
        return None
    return Ranks(in_title.found, found.found_without(in_title))


def _is_impossible(criteria: TaskCriteria) -> bool:
    """Whether no task can be wanted, whatever there is."""
    nothing_sought = criteria.search is not None and criteria.search.is_empty
    return nothing_sought or (criteria.priorities is not None and not criteria.priorities)


def _tags(user_id: int, keys: Sequence[str]) -> list[SqlFragment]:
    return [wanted.tag_id_of(user_id, key) for key in dict.fromkeys(keys)]


def _tag_conditions(
    tags: Sequence[SqlFragment], criteria: TaskCriteria, *, leads: bool
) -> Iterator[SqlFragment]:
    if criteria.has_tags is not None:
        yield wanted.tagged_condition(has_tags=criteria.has_tags)
    if criteria.any_tag and tags:
        yield wanted.any_tag_condition(tags)
    elif leads:
        first, *others = tags
        yield from wanted.leading_link_conditions(first, criteria)
        yield from wanted.all_tags_conditions(others)
    else:
        yield from wanted.all_tags_conditions(tags)
