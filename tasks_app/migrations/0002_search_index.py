"""What models cannot say: the index over the words of all tasks, kept by triggers on SQLite."""

from django.db import migrations

INDEX = {
    "postgresql": [
        # Without fastupdate: a search would read the other users' words that wait to be put in place.
        "CREATE INDEX searchtext_words ON tasks_app_searchtext USING gin (words) WITH (fastupdate = off)"
    ],
    "sqlite": [
        """
        CREATE VIRTUAL TABLE tasks_app_searchindex USING fts5(
            words, content='tasks_app_searchtext', content_rowid='task_id', tokenize='ascii'
        )
        """,
        """
        CREATE TRIGGER searchtext_inserted AFTER INSERT ON tasks_app_searchtext BEGIN
            INSERT INTO tasks_app_searchindex (rowid, words) VALUES (new.task_id, new.words);
        END
        """,
        """
        CREATE TRIGGER searchtext_deleted AFTER DELETE ON tasks_app_searchtext BEGIN
            INSERT INTO tasks_app_searchindex (tasks_app_searchindex, rowid, words)
            VALUES ('delete', old.task_id, old.words);
        END
        """,
        """
        CREATE TRIGGER searchtext_updated AFTER UPDATE ON tasks_app_searchtext BEGIN
            INSERT INTO tasks_app_searchindex (tasks_app_searchindex, rowid, words)
            VALUES ('delete', old.task_id, old.words);
            INSERT INTO tasks_app_searchindex (rowid, words) VALUES (new.task_id, new.words);
        END
        """,
    ],
}
NO_INDEX = {"postgresql": [], "sqlite": ["DROP TABLE tasks_app_searchindex"]}  # the rest goes with its table


def put_index(_apps, schema_editor):
    for statement in INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def remove_index(_apps, schema_editor):
    for statement in NO_INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0001_initial")]

    operations = [migrations.RunPython(put_index, remove_index)]
