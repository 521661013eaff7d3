"""Tags are listed in the same order on every database."""

from django.db import migrations

from tasks_app.models.tags import TagKeyField


def alter(collation):
    def run(_apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE tasks_app_tag ALTER COLUMN key TYPE varchar(200) COLLATE {collation}"
            )

    return run


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0007_trash_jobs")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(alter('"C"'), alter('"default"'))],
            state_operations=[
                migrations.AlterField(model_name="tag", name="key", field=TagKeyField(max_length=200)),
            ],
        ),
    ]
