"""The document of a task: what clients read, as text. `rewrite_documents` makes those of tasks that are there.

Until then these are read as before. The columns have defaults of the database's own: a release that does not know them,
and runs beside this one while it is put in place, inserts tasks.
"""

from django.db import migrations, models
from django.db.models import F, Q

# Not Django's AddField: on SQLite that makes the table anew, with all its rows.
ADD = [
    "ALTER TABLE tasks_app_task ADD COLUMN document text NOT NULL DEFAULT ''",
    "ALTER TABLE tasks_app_task ADD COLUMN document_format smallint NOT NULL DEFAULT 0",
    "ALTER TABLE tasks_app_task ADD COLUMN document_version integer NOT NULL DEFAULT 0",
]
REMOVE = [
    "ALTER TABLE tasks_app_task DROP COLUMN document_version",
    "ALTER TABLE tasks_app_task DROP COLUMN document_format",
    "ALTER TABLE tasks_app_task DROP COLUMN document",
]


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0008_tag_key_order")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD, REMOVE)],
            state_operations=[
                migrations.AddField(
                    model_name="task",
                    name="document",
                    field=models.TextField(
                        blank=True, default="", editable=False, help_text="What clients read, as JSON."
                    ),
                ),
                migrations.AddField(
                    model_name="task",
                    name="document_format",
                    field=models.SmallIntegerField(default=0, editable=False),
                ),
                migrations.AddField(
                    model_name="task",
                    name="document_version",
                    field=models.IntegerField(
                        default=0, editable=False, help_text="Of the task, as the document shows it."
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=~Q(document_format=1, document_version=F("version")),
                fields=["owner", "id"],
                name="task_old_document",
            ),
        ),
    ]
