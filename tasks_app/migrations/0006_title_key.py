"""What titles are sorted by, and tags whose names differ only by what cannot be seen.

Titles that are there get their keys from `reindex_search`; until then they come first, in order of their ids.
"""

from django.db import migrations, models

from tasks_app.models.tasks import SortKeyField
from tasks_app.search.invisible import drop_ignorable

# Not Django's AddField: on SQLite that makes the table anew, with all its rows.
ADD = {
    "postgresql": "ALTER TABLE tasks_app_task ADD COLUMN title_key text COLLATE \"C\" NOT NULL DEFAULT ''",
    "sqlite": "ALTER TABLE tasks_app_task ADD COLUMN title_key text NOT NULL DEFAULT ''",
}


def add_column(_apps, schema_editor):
    schema_editor.execute(ADD[schema_editor.connection.vendor])


def remove_column(_apps, schema_editor):
    schema_editor.execute("ALTER TABLE tasks_app_task DROP COLUMN title_key")


def clean_tag_keys(apps, schema_editor):
    """A tag keeps its old key where another one has the new one already: its owner may merge them."""
    tags = apps.get_model("tasks_app", "Tag").objects
    for pk, owner_id, key in tags.filter(retired_at=None).values_list("id", "owner_id", "key").iterator():
        clean = drop_ignorable(key).strip()
        if clean not in ("", key) and not tags.filter(owner_id=owner_id, key=clean, retired_at=None).exists():
            tags.filter(pk=pk).update(key=clean)


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0005_search_version")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add_column, remove_column)],
            state_operations=[
                migrations.AddField(
                    model_name="task",
                    name="title_key",
                    field=SortKeyField(
                        blank=True, default="", editable=False, help_text="Lists sort titles by it."
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="task", name="task_live_title"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["owner", "title_key", "id"],
                name="task_live_title_key",
            ),
        ),
        migrations.RunPython(clean_tag_keys, migrations.RunPython.noop),
    ]
