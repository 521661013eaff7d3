"""What handlers hung at when their processes were ended, until the next start makes an attempt of it."""

import uuid

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("events_app", "0004_client_request_id")]

    operations = [
        migrations.CreateModel(
            name="HangNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("consumer", models.CharField(max_length=64)),
                ("stream_key", models.CharField(max_length=64)),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("is_alone", models.BooleanField()),
                ("reason", models.TextField()),
                ("noted_at", models.DateTimeField(db_default=Now())),
            ],
        ),
    ]
