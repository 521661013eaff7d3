"""Named SQL statements about tasks, for hot paths that the functions of `foundation.database` do not cover.

Each function returns the text and the parameters of a statement. A `rest` is what follows the SELECT list and the table
`t` in `read_rows`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.database.row_reads import list_of, select_columns, values_of
from foundation.database.row_writes import next_key
from foundation.database.sessions import database_vendor
from tasks_app.models import Reminder, Series, Tag, Task
from tasks_app.search.backends import backend_for

_FIRING: Final = (
    'SELECT r.id, r.owner_id, r.task_id, r."offset", r.at, r.snoozed_until, r.firing, r.fire_at, t.title,'
    " t.priority, t.due_date, t.due_time, t.due_fold, t.floating, t.time_zone, t.due_instant, t.completed_at,"
    " t.deleted_at, u.time_zone, EXISTS (SELECT 1 FROM tasks_app_reminder o WHERE o.task_id = r.task_id"
    " AND o.id <> r.id AND o.fire_at = r.fire_at AND o.status = 'fired')"
    " FROM tasks_app_reminder r JOIN tasks_app_task t ON t.id = r.task_id JOIN accounts_app_user u ON u.id = r.owner_id"
)
# Whether the series of `t` needs no successor for certain: it has ended, or an occurrence is open; or there is none.
_SERIES_IN_ORDER: Final = (
    "(t.series_id IS NULL OR t.deleted_at IS NULL AND t.completed_at IS NULL"
    " OR EXISTS (SELECT 1 FROM tasks_app_series s WHERE s.id = t.series_id AND s.stuck_since IS NULL"
    " AND (s.ended_at IS NOT NULL OR EXISTS (SELECT 1 FROM tasks_app_task o"
    " WHERE o.series_id = s.id AND o.deleted_at IS NULL AND o.completed_at IS NULL))))"
)
_REMINDERS_SHOWN: Final = (
    'SELECT r.task_id, r.id, r."offset", CAST(r.at AS text), CAST(r.fire_at AS text), r.status, r.reason, r.late'
    " FROM tasks_app_reminder r"
)


# Tasks with their tags and reminders.


def select_for_change(
    owner_id: int, *, tag_keys: Collection[str], task_id: int | None, makes_task: bool
) -> sql.Statement:
    """Return the SELECT of what a change of a user's tasks needs first, in one row.

    It has the user's time zone; the id for a task that will be made, if the database gives it beforehand; the user's
    tags with these keys, for `rows_in`, without those that are retired; whether the series of the task needs no
    successor; the task, for `full_task_in`, or nulls.
    """
    keys = [sql.text_list(tag_keys)] if tag_keys else []
    task = [] if task_id is None else [task_id]
    text = _for_change(database_vendor(), bool(keys), bool(task), makes_task)
    return text, [*keys, *task, owner_id]


@cache
def _for_change(vendor: str, has_keys: bool, has_task: bool, makes_task: bool) -> PreparedSql:
    named = f"WHERE n.owner_id = u.id AND n.retired_at IS NULL AND n.key {sql.among_texts()}"
    tags = list_of(Tag, named, order="n.id") if has_keys else "NULL"
    key = next_key(Task) if makes_task else "NULL"
    start = f"SELECT u.time_zone AS owner_zone, {key} AS next_id, {tags} AS named_tags"
    if not has_task:
        return PreparedSql(f"{start} FROM accounts_app_user u WHERE u.id = %s")
    return PreparedSql(
        f"{start}, {_SERIES_IN_ORDER} AS in_order, {_full_task(vendor)} FROM accounts_app_user u"
        " LEFT JOIN tasks_app_task t ON t.id = %s AND t.owner_id = u.id WHERE u.id = %s"
    )


@cache
def _full_task(vendor: str) -> str:
    links = "JOIN tasks_app_tasktag link ON link.tag_id = n.id WHERE link.task_id = t.id"
    tags = list_of(Tag, links, order="link.position")
    reminders = list_of(Reminder, "WHERE n.task_id = t.id AND NOT n.removed", order="n.id")
    return f"{select_columns(Task)}, {tags} AS tags, {reminders} AS reminders"


def rest_of_task(owner_id: int, task_id: int) -> sql.Statement:
    """Return the rest of the SELECT of one task of a user."""
    return PreparedSql("WHERE t.owner_id = %s AND t.id = %s"), [owner_id, task_id]


def rest_of_rows(ids: Sequence[int]) -> sql.Statement:
    """Return the rest of the SELECT of rows by their ids."""
    condition, params = sql.id_condition("t.id", ids)
    return PreparedSql(f"WHERE {condition}"), params


def rest_of_reminders(task_ids: Sequence[int]) -> sql.Statement:
    """Return the rest of the SELECT of the reminders of tasks, without removed ones, by id."""
    condition, params = sql.id_condition("t.task_id", task_ids)
    return PreparedSql(f"WHERE {condition} AND NOT t.removed ORDER BY t.id"), params


def rest_of_tags(task_id: int) -> sql.Statement:
    """Return the rest of the SELECT of the tags of one task, in order."""
    return PreparedSql(
        "JOIN tasks_app_tasktag AS link ON link.tag_id = t.id WHERE link.task_id = %s ORDER BY link.position"
    ), [task_id]


def select_links(task_ids: Sequence[int]) -> sql.Statement:
    """Return the SELECT of (task id, tag id) of the tags of tasks, in order."""
    condition, params = sql.id_condition("task_id", task_ids)
    return PreparedSql(
        f"SELECT task_id, tag_id FROM tasks_app_tasktag WHERE {condition} ORDER BY task_id, position"
    ), params


def select_shown_reminders(task_ids: Sequence[int]) -> sql.Statement:
    """Return the SELECT of the reminders that tasks show, by id; see `lists.pages`."""
    condition, params = sql.id_condition("r.task_id", task_ids)
    return PreparedSql(f"{_REMINDERS_SHOWN} WHERE {condition} AND NOT r.removed ORDER BY r.id"), params


def mirror_tasks_in_links(task_ids: Sequence[int]) -> sql.Statement:
    """Return the UPDATE that copies to the tag links of tasks what lists filter and sort by."""
    is_one = len(task_ids) == 1  # PostgreSQL plans a list each time
    condition, params = ("task_id = %s", task_ids) if is_one else sql.id_condition("task_id", task_ids)
    return PreparedSql(
        "UPDATE tasks_app_tasktag SET priority = t.priority, due_sort = t.due_sort,"
        " completed = t.completed_at IS NOT NULL, live = t.deleted_at IS NULL"
        f" FROM tasks_app_task t WHERE t.id = task_id AND {condition}"
    ), params


# Series, and what their next occurrence is made from.


def select_progress(series_id: int) -> sql.Statement:
    """Return the SELECT, for `progress_in`, of a series with the occurrence that the next one follows."""
    return PreparedSql(f"{_progress(database_vendor())} WHERE t.id = %s"), [series_id]


def select_progress_of(owner_id: int, task_id: int) -> sql.Statement:
    """As `select_progress`, of the series of a task of this user, after the user's time zone; nulls without one."""
    text = (
        f"SELECT u.time_zone AS owner_zone, p.* FROM accounts_app_user u LEFT JOIN ({_progress(database_vendor())}"
        " WHERE t.id = (SELECT o.series_id FROM tasks_app_task o WHERE o.id = %s AND o.owner_id = %s)) p ON true"
        " WHERE u.id = %s"
    )
    return PreparedSql(text), [task_id, owner_id, owner_id]


def select_surroundings(series_id: int, task_id: int | None, occurrence: str | None) -> sql.Statement:
    """Return the SELECT, for `Surroundings`, of what stands around an occurrence in a series."""
    text = (
        f"SELECT {_surroundings(database_vendor())} FROM tasks_app_series t JOIN"
        " (SELECT CAST(%s AS bigint) AS id, CAST(%s AS varchar) AS occurrence) l ON true WHERE t.id = %s"
    )
    return PreparedSql(text), [task_id, occurrence, series_id]


@cache
def _progress(vendor: str) -> str:
    # In a stuck series it may also be a skipped, deleted or detached one, since its successor could not be created.
    # A successor has a higher id than the one before it, except for a withdrawn row that returned later.
    last = (
        "SELECT c.id FROM tasks_app_task c WHERE c.series_id = t.id AND NOT c.withdrawn"
        " AND (t.stuck_since IS NOT NULL OR c.deleted_at IS NULL AND c.completed_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM tasks_app_task f WHERE f.follows_id = c.id AND f.series_id = t.id"
        " AND (f.deleted_at IS NULL OR f.missed_at IS NOT NULL)) ORDER BY c.id DESC LIMIT 1"
    )
    return (
        f"SELECT {select_columns(Series)}, EXISTS (SELECT 1 FROM tasks_app_task n WHERE n.series_id = t.id"
        f" AND n.deleted_at IS NULL AND n.completed_at IS NULL) AS has_open, {select_columns(Task, 'l')},"
        f" {_surroundings(vendor)} FROM tasks_app_series t LEFT JOIN tasks_app_task l ON l.id = ({last})"
    )


@cache
def _surroundings(vendor: str) -> str:
    """Return the columns of `Surroundings`, of the occurrence `l` in the series `t`."""
    gone = (
        "(SELECT x.slot FROM tasks_app_excludedslot x WHERE x.series_id = t.id UNION ALL SELECT x.occurrence"
        " FROM tasks_app_task x WHERE x.series_id = t.id AND NOT x.withdrawn AND x.occurrence > l.occurrence) n"
    )
    tags = list_of(
        Tag,
        "JOIN tasks_app_seriestag link ON link.tag_id = n.id WHERE link.series_id = t.id",
        order="link.position",
    )
    return (
        "EXISTS (SELECT 1 FROM tasks_app_task n WHERE n.follows_id = l.id) AS is_followed,"
        " EXISTS (SELECT 1 FROM tasks_app_missedslots n WHERE n.after_id = l.id) AS has_missed,"
        f" {values_of('n.slot', gone)} AS gone,"
        f" {values_of('n.occurrence', 'tasks_app_task n WHERE n.series_id = t.id AND n.withdrawn')} AS withdrawn,"
        f" {tags} AS tags"
    )


# Tags by their names.


def rest_of_named_tags(owner_id: int, keys: Collection[str]) -> sql.Statement:
    """Return the rest of the SELECT of a user's tags with these keys, without those that are retired."""
    return (f"WHERE t.owner_id = %s AND t.retired_at IS NULL AND t.key IN {sql.in_list(list(keys))}"), [
        owner_id,
        *keys,
    ]


# Reminders that are due.


def select_pending(until: datetime) -> sql.Statement:
    """Return the SELECT of (owner id, reminder id) of reminders to fire up to `until`, longest waiting first.

    The cost follows the number of due reminders: the order makes SQLite use the index of pending ones.
    """
    return (
        "SELECT owner_id, id FROM tasks_app_reminder WHERE status = 'pending' AND fire_at <= %s ORDER BY fire_at"
    ), [sql.to_database(until)]


def select_firings(reminder_ids: Sequence[int], until: datetime) -> sql.Statement:
    """Return the SELECT of the firings of reminders that are planned up to `until`, as `Firing`, earliest first."""
    return (
        f"{_FIRING} WHERE r.id IN {sql.in_list(reminder_ids)} AND r.status = 'pending' AND r.fire_at <= %s"
        " ORDER BY r.fire_at, r.id"
    ), [*reminder_ids, sql.to_database(until)]


def mark_fired(reminder_ids: Sequence[int], *, at: datetime, late: bool) -> sql.Statement:
    """Return the UPDATE of reminders that fire."""
    condition, params = sql.id_condition("id", reminder_ids)
    return (
        "UPDATE tasks_app_reminder SET status = 'fired', fired_at = %s, late = %s, snoozed_until = NULL"
        f" WHERE {condition}"
    ), [sql.to_database(at), late, *params]


def mark_doubled(reminder_ids: Sequence[int]) -> sql.Statement:
    """Return the UPDATE that cancels reminders because another one of the task fires at the same instant."""
    condition, params = sql.id_condition("id", reminder_ids)
    return (
        "UPDATE tasks_app_reminder SET status = 'cancelled', reason = 'same_instant', snoozed_until = NULL"
        f" WHERE {condition}"
    ), params


# Titles and descriptions, and their search words.


def select_texts(owner_id: int, task_ids: Sequence[int]) -> sql.Statement:
    """Return the SELECT of (id, title, description) of tasks of a user."""
    condition, params = sql.id_condition("id", task_ids)
    return (f"SELECT id, title, description FROM tasks_app_task WHERE owner_id = %s AND {condition}"), [
        owner_id,
        *params,
    ]


def copy_words(task_id: int, source_id: int | None, tags: str) -> sql.Statement:
    """Return the INSERT that copies the search words of another task's texts, with the words of `tags`, encoded.

    The row of the task itself is there already.
    """
    return PreparedSql(
        "INSERT INTO tasks_app_searchtext (task_id, words, version, created_at, live)"
        f" SELECT t.id, {_with_tags('%s')}, s.version, t.created_at, t.deleted_at IS NULL"
        " FROM tasks_app_searchtext s JOIN tasks_app_task t ON t.id = %s WHERE s.task_id = %s"
    ), [tags, task_id, source_id]


def mirror_tasks_in_words(task_ids: Sequence[int]) -> sql.Statement:
    """Return the UPDATE that copies to the search words of tasks what searches filter and sort by."""
    is_one = len(task_ids) == 1  # as for links
    condition, params = ("task_id = %s", task_ids) if is_one else sql.id_condition("task_id", task_ids)
    return PreparedSql(
        "UPDATE tasks_app_searchtext SET created_at = t.created_at, live = t.deleted_at IS NULL"
        f" FROM tasks_app_task t WHERE t.id = task_id AND {condition}"
    ), params


def replace_tag_words(tags: Mapping[int, str]) -> sql.Statement:
    """Return the UPDATE that replaces the search words of tags, encoded, by task."""
    listed, params = sql.values(list(tags.items()))
    return (
        f"WITH v(task_id, tags) AS ({listed}) UPDATE tasks_app_searchtext AS s SET words = {_with_tags('v.tags')}"
        " FROM v WHERE s.task_id = v.task_id"
    ), params


def _with_tags(tags: str) -> str:
    """Return the expression for the words of the row `s` with those of other tags."""
    return backend_for(database_vendor()).retagged.format(column="s.words", tags=tags)
