"""Streams, cursors and events for benchmarks, put into the database in bulk. Needs `django.setup()`."""

from datetime import UTC, datetime

from django.db import connection

from events_app.consumers.registry import consumers
from events_app.contracts import TaskSnapshot, TaskUpdated
from events_app.contracts.tasks import TaskCompleted, TaskCreated, TaskDeleted, TaskEvent
from events_app.models import Consumer
from foundation.database import sql
from foundation.database.transactions import write_transaction

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
# The user id of stream n is FIRST_USER + n, which no real user has.
FIRST_USER = 10**9


def task_updated(number: int) -> TaskUpdated:
    """Return the change of one field of an ordinary task: about 700 bytes as JSON."""
    task = TaskSnapshot(
        id=number + 1,
        user_id=str(FIRST_USER + number),
        version=2,
        created_at=NOON,
        updated_at=NOON,
        title=f"Water the plants {number}",
        description="The ones on the balcony too.",
        priority="high",
        tags=["home", "weekly"],
        completed=False,
        status="pending",
        completed_at=None,
        due_at=NOON,
        due_date="2026-01-31T12:00:00Z",
        due_on=NOON.date(),
        time_zone="Europe/Madrid",
        floating=False,
        reminders=[],
        reminder_at=None,
        recurrence=None,
        series_id=None,
        occurrence=None,
    )
    return TaskUpdated(task=task, changed_fields=["priority"], previous={"priority": "medium"})


def task_event(kind: str, number: int) -> TaskEvent:
    """Return `task_updated` as the event of this kind: `created`, `updated`, `completed` or `deleted`."""
    kinds = {
        "created": TaskCreated,
        "updated": TaskUpdated,
        "completed": TaskCompleted,
        "deleted": TaskDeleted,
    }
    like = task_updated(number)
    task = like.task.model_copy(update={"version": 1}) if kind == "created" else like.task
    return kinds[kind](task=task, changed_fields=like.changed_fields, previous=like.previous)


def register(*, live: frozenset[str] | None = None) -> None:
    """Register all consumers: those in `live` (None: all) as live, the others as paused."""
    Consumer.objects.bulk_create(
        Consumer(name=name, state="live" if live is None or name in live else "paused")
        for name in consumers()
    )


def insert_streams(count: int, *, head: int = 0, settled: bool = False) -> None:
    """Insert `count` streams, numbered from 1, with this head, a `moved_at` long ago, published only if `settled`."""
    done = head if settled else 0
    with write_transaction():
        sql.execute(
            "INSERT INTO events_app_stream (id, key, head, published, settled, moved_at)"
            f" SELECT n, 'user:' || ({FIRST_USER} + n), %s, %s, %s, %s FROM {numbers(count)}",
            [head, done, done, sql.to_database(NOON)],
        )
        if connection.vendor == "postgresql":
            sql.fetch("SELECT setval(pg_get_serial_sequence('events_app_stream', 'id'), %s)", [count])


def insert_cursors(consumer: str, seq: int) -> None:
    """Insert a cursor at `seq` for every stream."""
    with write_transaction():
        sql.execute(
            "INSERT INTO events_app_cursor (consumer, stream_id, seq) SELECT %s, id, %s FROM events_app_stream",
            [consumer, seq],
        )


def insert_events(streams: int, per_stream: int) -> None:
    """Insert events 1…per_stream of streams 1…streams, as `Log.record` would have written them."""
    payload = task_updated(1)
    sql.execute(
        "INSERT INTO events_app_event (stream_id, seq, event_id, type, v, task_id, data, actor_type, actor_id,"
        " occurred_at, request_id, traceparent)"
        f" SELECT s.n, e.n, gen_random_uuid(), %s, %s, %s, %s, 'user', '1', %s, '', ''"
        f" FROM {numbers(streams, 's')} CROSS JOIN {numbers(per_stream, 'e')} ORDER BY e.n, s.n",
        [payload.TYPE, payload.V, payload.about_task, payload.model_dump_json(), NOON],
    )


def analyze() -> None:
    """Update the database's statistics, as it would do by itself after a while."""
    sql.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE", [])


def numbers(count: int, alias: str = "numbers") -> str:
    """Return a FROM item with the column n from 1 to `count`."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS {alias}(n)"
    return (
        f"(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count})"
        f" SELECT n FROM counted) AS {alias}"
    )
