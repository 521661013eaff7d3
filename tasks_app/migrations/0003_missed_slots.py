"""Missed slots as a number with the first and the last, each of them only while they are few."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MAX_LISTED = 1000


def count_missed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    missed = apps.get_model("tasks_app", "MissedSlots")
    for row in missed.objects.filter(count=0).iterator(chunk_size=200):
        if row.slots:
            row.count, row.first, row.last = len(row.slots), row.slots[0], row.slots[-1]
            row.slots = row.slots if row.count <= MAX_LISTED else []
            row.save(update_fields=["count", "first", "last", "slots"])


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0003_stuck_series")]

    operations = [
        migrations.AddField("missedslots", "count", models.PositiveIntegerField(db_default=0)),
        migrations.AddField("missedslots", "first", models.CharField(db_default="", max_length=19)),
        migrations.AddField("missedslots", "last", models.CharField(db_default="", max_length=19)),
        migrations.AlterField(
            "missedslots",
            "slots",
            models.JSONField(
                default=list, help_text="Local starts, in order; empty of more than a thousand."
            ),
        ),
        migrations.RunPython(count_missed, migrations.RunPython.noop, elidable=True),
    ]
