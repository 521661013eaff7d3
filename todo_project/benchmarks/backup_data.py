"""A process that fills an SQLite database with tasks, their events and their audit trail, as applying them leaves it.

`python -m todo_project.benchmarks.backup_data 1000000` fills the database of its environment and prints how many rows a
backup has of it. Events are what `tasks_app` records of a new task; the real audit consumer makes the trail.
"""

import json
import sys
from typing import Final

import django

MODULE: Final = "todo_project.benchmarks.backup_data"
_EVENTS: Final = """
    INSERT INTO events_app_event (stream_id, seq, event_id, type, v, task_id, data, actor_type, actor_id, occurred_at,
        request_id, traceparent)
    SELECT s.id, row_number() OVER (PARTITION BY t.owner_id ORDER BY t.id), lower(hex(randomblob(16))), 'task.created',
        1, t.id, '{"task":{"id":' || t.id || ',' || substr(t.document, 2) || ',"changed_fields":[],"previous":{}}',
        'user', CAST(t.owner_id AS text), t.created_at, '', ''
    FROM tasks_app_task t JOIN events_app_stream s ON s.key = 'user:' || t.owner_id ORDER BY t.id
"""
_HEADS: Final = """
    UPDATE events_app_stream SET (head, published, settled) =
        (SELECT COUNT(*), COUNT(*), COUNT(*) FROM events_app_event e WHERE e.stream_id = events_app_stream.id)
"""
_CURSORS: Final = """
    INSERT INTO events_app_cursor (consumer, stream_id, seq)
    SELECT c.name, s.id, CASE WHEN c.name = 'audit' THEN 0 ELSE s.head END
    FROM events_app_consumer c CROSS JOIN events_app_stream s
"""


def fill(tasks: int) -> int:
    """Fill the database, and return how many rows a backup has of it."""
    from events_app.benchmarks.log_data import register  # noqa: PLC0415 - all of these need django.setup()
    from events_app.consumers.kernel import advance  # noqa: PLC0415
    from events_app.models import Stream  # noqa: PLC0415
    from foundation.database import sql  # noqa: PLC0415
    from foundation.database.transactions import write_transaction  # noqa: PLC0415
    from tasks_app.benchmarks.list_data import insert_all  # noqa: PLC0415
    from todo_project.backup.contents import backed_up_models  # noqa: PLC0415

    insert_all(sizes=[1000], total=tasks, words=False)
    register()
    with write_transaction():
        for statement in (_EVENTS, _HEADS, _CURSORS):
            sql.execute(statement, [])
    for key, head in Stream.objects.values_list("key", "head"):
        advance("audit", {key: head})
    return sum(model._base_manager.count() for model in backed_up_models())


if __name__ == "__main__":
    django.setup()
    print(json.dumps(fill(int(sys.argv[1]))))
