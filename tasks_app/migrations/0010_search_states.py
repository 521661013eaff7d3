"""What orders and filters the hits of a search, beside their words. `reindex_search` fills the rows that are there.

Until then these look at their tasks. The columns may be null: a release that does not know them, and runs beside this
one while it is put in place, inserts rows.
"""

from django.db import migrations, models
from django.db.models import Q

# Not Django's AddField: on SQLite that makes the table anew, and the triggers that keep the index go with the old one.
ADD = {
    "postgresql": [
        "ALTER TABLE tasks_app_searchtext ADD COLUMN created_at timestamp with time zone NULL",
        "ALTER TABLE tasks_app_searchtext ADD COLUMN live boolean NULL",
    ],
    "sqlite": [
        "ALTER TABLE tasks_app_searchtext ADD COLUMN created_at datetime NULL",
        "ALTER TABLE tasks_app_searchtext ADD COLUMN live bool NULL",
    ],
}
REMOVE = [
    "ALTER TABLE tasks_app_searchtext DROP COLUMN live",
    "ALTER TABLE tasks_app_searchtext DROP COLUMN created_at",
]
# A change of the new columns is none of the words.
TRIGGER = """
CREATE TRIGGER searchtext_updated AFTER UPDATE{of} ON tasks_app_searchtext BEGIN
    INSERT INTO tasks_app_searchindex (tasks_app_searchindex, rowid, words)
    VALUES ('delete', old.task_id, old.words);
    INSERT INTO tasks_app_searchindex (rowid, words) VALUES (new.task_id, new.words);
END
"""


def replace_trigger(schema_editor, *, of):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER searchtext_updated")
        schema_editor.execute(TRIGGER.format(of=of))


def add_columns(_apps, schema_editor):
    for statement in ADD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
    replace_trigger(schema_editor, of=" OF words")


def remove_columns(_apps, schema_editor):
    replace_trigger(schema_editor, of="")
    for statement in REMOVE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0009_documents")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add_columns, remove_columns)],
            state_operations=[
                migrations.AddField(
                    model_name="searchtext",
                    name="created_at",
                    field=models.DateTimeField(editable=False, null=True),
                ),
                migrations.AddField(
                    model_name="searchtext",
                    name="live",
                    field=models.BooleanField(
                        editable=False, help_text="Whether the task is not in the trash.", null=True
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="searchtext", name="searchtext_outdated"),
        migrations.AddIndex(
            model_name="searchtext",
            index=models.Index(
                condition=Q(version__lt=2) | Q(created_at__isnull=True),
                fields=["task"],
                name="searchtext_old",
            ),
        ),
    ]
