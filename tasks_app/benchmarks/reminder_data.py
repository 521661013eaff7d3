"""Owners, tasks and reminders for benchmarks, put into the database in bulk. Needs `django.setup()`."""

from datetime import datetime, timedelta

from django.db import connection

from events_app.benchmarks.log_data import numbers
from foundation.database import sql
from foundation.database.transactions import write_transaction
from tasks_app.models import NO_DUE

REMINDERS_PER_TASK = 20
_TABLES = ("accounts_app_user", "tasks_app_task", "tasks_app_reminder", "events_app_stream")


def insert_owners(count: int, *, at: datetime) -> None:
    """Insert owners 1…count, each with a stream and one task that is due in an hour."""
    moment = sql.to_database(at)
    with write_transaction():
        sql.execute(
            "INSERT INTO accounts_app_user (id, password, is_superuser, username, email, is_staff, is_active,"
            " date_joined, time_zone, week_start, channels)"
            " SELECT n, '!', %s, 'bench ' || n, '', %s, %s, %s, 'Europe/Madrid', 'mo', '[\"in_app\"]'"
            f" FROM {numbers(count)}",
            [False, False, True, moment],
        )
        sql.execute(
            "INSERT INTO events_app_stream (key, head, published, settled, moved_at)"
            f" SELECT 'user:' || n, 0, 0, 0, %s FROM {numbers(count)}",
            [moment],
        )
        _insert_tasks(count, owners=count, due=at + timedelta(hours=1), at=at)
    _go_on_counting()


def _insert_tasks(count: int, *, owners: int, due: datetime, at: datetime) -> None:
    moment, instant = sql.to_database(at), sql.to_database(due)
    sql.execute(
        "INSERT INTO tasks_app_task (id, owner_id, title, description, priority, due_date, due_time, time_zone,"
        " floating, due_fold, due_instant, overdue_at, due_sort, withdrawn, created_at, updated_at, version)"
        f" SELECT n, 1 + n %% {owners}, 'Water the plants ' || n, '', 2, %s, %s, 'UTC',"
        f" %s, 0, %s, %s, %s, %s, %s, %s, 1 FROM {numbers(count)}",
        [
            due.date().isoformat(),
            due.time().isoformat(),
            False,
            instant,
            instant,
            instant,
            False,
            moment,
            moment,
        ],
    )


def insert_due(count: int, *, fire_at: datetime) -> None:
    """Insert one reminder for each of the first `count` tasks, an hour before its due: at `fire_at`."""
    with write_transaction():
        sql.execute(
            'INSERT INTO tasks_app_reminder (owner_id, task_id, "offset", firing, fire_at, status, reason, late,'
            " removed) SELECT owner_id, id, '-PT1H', 1, %s, 'pending', '', %s, %s FROM tasks_app_task"
            " WHERE id <= %s",
            [sql.to_database(fire_at), False, False, count],
        )


def insert_pending(count: int, *, owners: int, after: datetime) -> None:
    """Insert reminders at instants of their own, all after `after`, spread over the tasks of these owners."""
    at = sql.to_database(NO_DUE)
    spread = (
        "CAST(%s AS timestamptz) + make_interval(secs => n)"
        if connection.vendor == "postgresql"
        else "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %s, n || ' seconds')"
    )
    with write_transaction():
        sql.execute(
            "INSERT INTO tasks_app_reminder (owner_id, task_id, at, firing, fire_at, status, reason, late, removed)"
            f" SELECT t.owner_id, t.id, %s, 1, {spread}, 'pending', '', %s, %s"
            f" FROM {numbers(count)} JOIN tasks_app_task t ON t.id = 1 + n %% {owners}",
            [at, sql.to_database(after), False, False],
        )


def _go_on_counting() -> None:
    """Let PostgreSQL's sequences follow ids that were given."""
    if connection.vendor != "postgresql":
        return
    for table in _TABLES:
        sql.fetch(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE((SELECT max(id) FROM {table}), 1))",
            [],
        )


def plan_again() -> None:
    """Have what fired be due once more."""
    sql.execute(
        "UPDATE tasks_app_reminder SET status = 'pending', firing = firing + 1, fired_at = NULL WHERE status = 'fired'",
        [],
    )
