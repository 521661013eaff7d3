"""What a list of tasks shall hold, and the SQL conditions for it over tasks `t` and links `l` of a tag."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.database import sql
from tasks_app.models import NO_DUE, Priority
from tasks_app.search.backends import SqlFragment
from tasks_app.search.query import SearchQuery

Span = tuple[datetime | None, datetime | None]
"""From (inclusive) and until (exclusive); None is open."""

_LINK_OF_TASK: Final = "SELECT 1 FROM tasks_app_tasktag x WHERE x.task_id = t.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueUnion:
    """Dues of which a task has one: within any of the spans, overdue at a moment and open, or none at all."""

    spans: Sequence[Span] = ()
    overdue_at: datetime | None = None
    missing: bool = False

    @property
    def hull(self) -> Span:
        """Return a span that holds all that fits: an index is read within it. What is overdue was due before."""
        if self.missing:
            return None, None
        ends = [before for _, before in self.spans]
        if self.overdue_at is not None:
            return None, _bound([*ends, self.overdue_at + timedelta(microseconds=1)], max)
        return _bound([since for since, _ in self.spans], min), _bound(ends, max)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCriteria:
    """What a list shall hold; None means that it does not matter."""

    trashed: bool = False
    completed: bool | None = None
    priorities: Sequence[Priority] | None = None
    tag_keys: Sequence[str] = ()
    any_tag: bool = False
    tag_keys_not: Sequence[str] = ()
    has_tags: bool | None = None
    due: Sequence[Span] = ()
    due_any: DueUnion | None = None
    spans: Sequence[tuple[str, Span]] = ()
    series_id: int | None = None
    ids: Sequence[int] | None = None
    search: SearchQuery | None = None


def user_conditions(user_id: int, *, trashed: bool) -> Iterator[SqlFragment]:
    """Yield the SQL conditions for one user's tasks, live or in the trash."""
    yield user_condition(user_id)
    yield from trash_conditions(trashed=trashed)


def user_condition(user_id: int) -> SqlFragment:
    """Return the SQL condition for one user's tasks."""
    return SqlFragment("t.owner_id = %s", (user_id,))


def found_user_condition(user_id: int) -> SqlFragment:
    """Return the SQL condition for one user's tasks where an index of words has found them already.

    The sum keeps planners from the owner's indexes, along which they would read all of the user's tasks.
    """
    return SqlFragment("t.owner_id + 0 = %s", (user_id,))


def trash_conditions(*, trashed: bool) -> Iterator[SqlFragment]:
    """Yield the SQL conditions for tasks that are live or in the trash."""
    if not trashed:
        yield SqlFragment("t.deleted_at IS NULL")
        return
    yield SqlFragment("t.deleted_at IS NOT NULL")
    yield SqlFragment("NOT t.withdrawn")
    yield SqlFragment("(t.missed_at IS NULL OR t.completed_at IS NOT NULL)")


def task_conditions(criteria: TaskCriteria) -> Iterator[SqlFragment]:
    """Yield the SQL conditions for the task itself."""
    if criteria.completed is not None:
        yield SqlFragment(f"t.completed_at IS {'NOT ' if criteria.completed else ''}NULL")
    if criteria.priorities is not None:
        yield _condition_in("t.priority", criteria.priorities)
    if criteria.series_id is not None:
        yield SqlFragment("t.series_id = %s", (criteria.series_id,))
    if criteria.ids is not None:
        yield _condition_in("t.id", criteria.ids)
    for name, span in criteria.spans:
        yield from _within(f"t.{name}", span)
    yield from _fits_due(criteria)


def open_condition(*, or_completed_since: datetime | None) -> SqlFragment:
    """Return the SQL condition for a task that is open, or was completed at that instant or later."""
    if or_completed_since is None:
        return SqlFragment("t.completed_at IS NULL")
    since = sql.to_database(or_completed_since)
    return SqlFragment("(t.completed_at IS NULL OR t.completed_at >= %s)", (since,))


def tag_id_of(user_id: int, key: str) -> SqlFragment:
    """Return the SQL expression for the id of the tag that a key stands for now, as `tags_by_key`; NULL without one.

    Databases evaluate it once, where it is needed: that is a round trip less than to ask for the id first.
    """
    found = list(_tags_of_key(user_id, key))
    return SqlFragment(f"COALESCE({', '.join(each.sql for each in found)})", _params(found))


def _tags_of_key(user_id: int, key: str) -> Iterator[SqlFragment]:
    """Yield the SQL for the tag that has the key, for one that a job renames, and for what one is merged into.

    The plus keeps SQLite from the index of what others are merged into, along which it would read everybody's tags.
    """
    mine, params = "FROM tasks_app_tag g WHERE g.owner_id = %s AND", (user_id, key)
    yield SqlFragment(f"(SELECT g.id {mine} g.key = %s AND g.retired_at IS NULL)", params)
    renamed = "g.former_key = %s AND g.told_to IS NOT NULL AND +g.into_id IS NULL"
    yield SqlFragment(f"(SELECT max(g.id) {mine} {renamed})", params)
    merged = "g.key = %s AND g.retired_at IS NOT NULL AND +g.into_id IS NOT NULL"
    yield SqlFragment(f"(SELECT max(g.into_id) {mine} {merged})", params)


def leading_link_conditions(tag: SqlFragment, criteria: TaskCriteria) -> Iterator[SqlFragment]:
    """Yield the SQL conditions for the links along whose index a list of one tag runs."""
    yield SqlFragment(f"l.tag_id = {tag.sql}", tag.params)
    yield SqlFragment("l.live")
    if criteria.completed is not None:
        yield SqlFragment("l.completed" if criteria.completed else "NOT l.completed")
    if criteria.priorities is not None:
        yield _condition_in("l.priority", criteria.priorities)
    for span in (*criteria.due, *([criteria.due_any.hull] if criteria.due_any else ())):
        yield from _within("l.due_sort", span)


def all_tags_conditions(tags: Sequence[SqlFragment]) -> Iterator[SqlFragment]:
    """Yield the SQL conditions for a task that carries all these tags."""
    for tag in tags:
        yield any_tag_condition([tag])


def any_tag_condition(tags: Sequence[SqlFragment]) -> SqlFragment:
    """Return the SQL condition for a task that carries one of these tags."""
    listed = ", ".join(tag.sql for tag in tags)
    return SqlFragment(f"EXISTS ({_LINK_OF_TASK} AND x.tag_id IN ({listed}))", _params(tags))


def no_tag_condition(tags: Sequence[SqlFragment]) -> SqlFragment:
    """Return the SQL condition for a task that carries none of these tags."""
    carries = any_tag_condition(tags)
    return SqlFragment(f"NOT {carries.sql}", carries.params)


def tagged_condition(*, has_tags: bool) -> SqlFragment:
    """Return the SQL condition for a task that carries tags, or none at all."""
    return SqlFragment(f"{'' if has_tags else 'NOT '}EXISTS ({_LINK_OF_TASK})")


def _fits_due(criteria: TaskCriteria) -> Iterator[SqlFragment]:
    for span in criteria.due:
        yield from _within("t.due_sort", span)
        yield SqlFragment("t.due_sort < %s", (sql.to_database(NO_DUE),))
    if criteria.due_any is not None:
        yield from _fits_any_due(criteria.due_any)


def _fits_any_due(union: DueUnion) -> Iterator[SqlFragment]:
    groups = [_all_of(_within("t.due_sort", span)) for span in union.spans]
    if union.overdue_at is not None:
        moment = sql.to_database(union.overdue_at)
        groups.append(SqlFragment("(t.completed_at IS NULL AND t.overdue_at <= %s)", (moment,)))
    if union.missing:
        groups.append(SqlFragment("t.due_sort = %s", (sql.to_database(NO_DUE),)))
    if len(groups) == 1:
        yield groups[0]
        return
    yield from _within("t.due_sort", union.hull)
    params = tuple(param for each in groups for param in each.params)
    yield SqlFragment(f"({' OR '.join(each.sql for each in groups)})", params)


def _all_of(conditions: Iterable[SqlFragment]) -> SqlFragment:
    parts = list(conditions)
    params = tuple(param for each in parts for param in each.params)
    return SqlFragment(f"({' AND '.join(each.sql for each in parts)})", params)


def _within(column: str, span: Span) -> Iterator[SqlFragment]:
    since, before = span
    if since is not None:
        yield SqlFragment(f"{column} >= %s", (sql.to_database(since),))
    if before is not None:
        yield SqlFragment(f"{column} < %s", (sql.to_database(before),))


def _condition_in(column: str, values: Sequence[int]) -> SqlFragment:
    numbers = tuple(int(value) for value in values)
    if len(numbers) == 1:
        return SqlFragment(f"{column} = %s", numbers)
    return SqlFragment(f"{column} IN {sql.in_list(numbers)}", numbers)


def _bound(
    moments: Sequence[datetime | None], choose: Callable[[Iterable[datetime]], datetime]
) -> datetime | None:
    """Return the outermost of these, None where one of them is open."""
    known = [each for each in moments if each is not None]
    return choose(known) if len(known) == len(moments) else None


def _params(fragments: Sequence[SqlFragment]) -> tuple[object, ...]:
    return tuple(param for each in fragments for param in each.params)
