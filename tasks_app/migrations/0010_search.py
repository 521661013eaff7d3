import django.db.models.deletion
from django.db import migrations, models

import tasks_app.models.search

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


def list_index(name):
    return migrations.AddIndex(
        model_name="task",
        index=models.Index(
            fields=["owner", name, "id"],
            name=f"task_live_{name}",
            condition=models.Q(("deleted_at__isnull", True)),
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0001_tasks")]

    operations = [
        *map(list_index, ("priority", "created_at", "updated_at", "title")),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["owner", "completed_at", "id"],
                name="task_done",
                condition=models.Q(("completed_at__isnull", False), ("deleted_at__isnull", True)),
            ),
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tasks_app.task",
                    ),
                ),
                ("words", tasks_app.models.search.WordsField()),
            ],
        ),
        migrations.RunPython(put_index, remove_index),
    ]
