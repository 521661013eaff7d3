"""Which tokenizer made the words of a task. Those that are there are of the first; `reindex_search` makes them again."""

from django.db import migrations, models

# Not Django's AddField: on SQLite that makes the table anew, and the triggers that keep the index go with the old one.
ADD = "ALTER TABLE tasks_app_searchtext ADD COLUMN version smallint NOT NULL DEFAULT 1"
REMOVE = "ALTER TABLE tasks_app_searchtext DROP COLUMN version"


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0004_advance")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD, REMOVE)],
            state_operations=[
                migrations.AddField(
                    model_name="searchtext",
                    name="version",
                    field=models.SmallIntegerField(
                        default=1, help_text="Of the tokenizer that made the words."
                    ),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="searchtext",
            index=models.Index(
                condition=models.Q(("version__lt", 2)), fields=["task"], name="searchtext_outdated"
            ),
        ),
    ]
