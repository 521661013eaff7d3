"""Which history the database holds: one row with a random value."""

from uuid import uuid4

import django.db.models.functions.datetime
from django.db import migrations, models


def begin(apps, schema_editor):
    # Readers that came before this release know no epoch: to them nothing changes.
    epochs = apps.get_model("events_app", "Epoch").objects.using(schema_editor.connection.alias)
    epochs.get_or_create(pk=1, defaults={"value": str(uuid4()), "reason": "installed"})


class Migration(migrations.Migration):
    dependencies = [("events_app", "0002_postgresql_storage")]

    operations = [
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("value", models.CharField(max_length=36)),
                ("reason", models.CharField(max_length=16)),
                ("began_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "mark",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="SQLite: what the file beside the database says as well; an older copy has another one.",
                        max_length=36,
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="epoch_once")]
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
