import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Consumer",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("catching_up", "Catching Up"), ("live", "Live"), ("paused", "Paused")],
                        default="catching_up",
                        max_length=16,
                    ),
                ),
                (
                    "walked_to",
                    models.BigIntegerField(
                        default=0, help_text="Last stream id that catching up has passed."
                    ),
                ),
                ("registered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("name", models.CharField(max_length=160, primary_key=True, serialize=False)),
                ("holder", models.CharField(max_length=128)),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=64)),
                ("instance", models.CharField(max_length=128)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("beat_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("role", "instance"), name="heartbeat_once")],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("head", models.BigIntegerField(db_default=0, default=0)),
                ("published", models.BigIntegerField(db_default=0, default=0)),
                ("settled", models.BigIntegerField(db_default=0, default=0)),
                ("tail", models.BigIntegerField(db_default=0, default=0)),
                ("moved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("relay_attempts", models.PositiveIntegerField(db_default=0, default=0)),
                ("relay_retry_at", models.DateTimeField(blank=True, null=True)),
                ("relay_error", models.TextField(blank=True, db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("published__lt", models.F("head"))),
                        fields=["id"],
                        name="stream_unpublished",
                    ),
                    models.Index(
                        condition=models.Q(("settled__lt", models.F("head"))),
                        fields=["id", "moved_at"],
                        name="stream_unsettled",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="stream_once_per_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published__lte", models.F("head")),
                            ("settled__lte", models.F("head")),
                            ("tail__lte", models.F("published")),
                            ("tail__gte", 0),
                        ),
                        name="stream_numbers_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ParkedMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("topic", models.CharField(max_length=249)),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parked_messages",
                        to="events_app.stream",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "seq", "topic"), name="parked_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("event_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("type", models.CharField(max_length=64)),
                ("v", models.PositiveSmallIntegerField()),
                ("task_id", models.BigIntegerField(null=True)),
                ("data", models.JSONField()),
                ("actor_type", models.CharField(max_length=16)),
                ("actor_id", models.CharField(max_length=64)),
                ("occurred_at", models.DateTimeField()),
                ("causation_id", models.UUIDField(null=True)),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
                ("traceparent", models.CharField(blank=True, default="", max_length=64)),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="events_app.stream",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "type__in",
                                (
                                    "reminder.scheduled",
                                    "reminder.due",
                                    "reminder.cancelled",
                                    "notification.created",
                                ),
                            )
                        ),
                        fields=["stream", "task_id", "seq"],
                        name="event_notices_of_task",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("stream", "seq"), name="event_once_per_seq")],
            },
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consumer", models.CharField(max_length=64)),
                ("seq", models.BigIntegerField()),
                ("event_id", models.UUIDField()),
                ("type", models.CharField(max_length=64)),
                ("error", models.TextField()),
                ("attempts", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[("retried", "retried"), ("skipped", "skipped")],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dead_letters",
                        to="events_app.stream",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=["id"],
                        name="dead_letter_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("consumer", "stream", "seq"), name="dead_letter_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consumer", models.CharField(max_length=64)),
                ("seq", models.BigIntegerField(db_default=0, default=0)),
                ("attempts", models.PositiveIntegerField(db_default=0, default=0)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("blocked_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True, db_default="", default="")),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cursors",
                        to="events_app.stream",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("retry_at__isnull", False)),
                        fields=["retry_at"],
                        name="cursor_retry",
                    ),
                    models.Index(
                        condition=models.Q(("blocked_at__isnull", False)),
                        fields=["consumer"],
                        name="cursor_blocked",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("consumer", "stream"), name="cursor_once")],
            },
        ),
    ]
