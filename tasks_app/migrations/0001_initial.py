import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tasks_app.models.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts_app", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=500)),
                (
                    "anchor",
                    models.CharField(
                        choices=[("future", "Future"), ("due", "Due"), ("completion", "Completion")],
                        default="future",
                        max_length=16,
                    ),
                ),
                (
                    "overflow",
                    models.CharField(
                        choices=[("clamp", "Clamp"), ("omit", "Omit")], default="clamp", max_length=8
                    ),
                ),
                (
                    "start",
                    models.CharField(help_text="First slot, local: YYYY-MM-DD[THH:MM:SS].", max_length=19),
                ),
                (
                    "time_zone",
                    models.CharField(blank=True, default="", help_text="Empty: the owner's.", max_length=64),
                ),
                ("floating", models.BooleanField(default=False)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, default="")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "low"), (2, "medium"), (3, "high"), (4, "urgent")], default=2
                    ),
                ),
                (
                    "offsets",
                    models.JSONField(blank=True, default=list, help_text="Reminder offsets, ISO 8601."),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("finished", "the rule has no further occurrence"),
                            ("cancelled", "cancelled"),
                            ("removed", "the recurrence was removed from its task"),
                            ("split", "another series goes on"),
                            ("deleted", "deleted"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rule", ""), _negated=True), models.Q(("start", ""), _negated=True)
                        ),
                        name="series_has_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_at__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False), models.Q(("end_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="series_end_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, default="")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "low"), (2, "medium"), (3, "high"), (4, "urgent")], default=2
                    ),
                ),
                ("due_date", models.DateField(blank=True, null=True)),
                ("due_time", models.TimeField(blank=True, help_text="Empty: the whole day.", null=True)),
                (
                    "time_zone",
                    models.CharField(blank=True, default="", help_text="Empty: the owner's.", max_length=64),
                ),
                ("floating", models.BooleanField(default=False)),
                ("due_fold", models.PositiveSmallIntegerField(default=0)),
                ("due_instant", models.DateTimeField(blank=True, editable=False, null=True)),
                ("overdue_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "due_sort",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "occurrence",
                    models.CharField(blank=True, help_text="Original local start.", max_length=19, null=True),
                ),
                (
                    "recurrence",
                    models.JSONField(
                        blank=True, help_text="What it recurs by, as clients see it.", null=True
                    ),
                ),
                (
                    "rule_version",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Version as the rule left it; nobody touched the row while it is equal.",
                        null=True,
                    ),
                ),
                (
                    "follows",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="successor",
                        to="tasks_app.task",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="tasks",
                        to="tasks_app.series",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "id"], name="task_of_owner"),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "due_sort", "id"],
                        name="task_live",
                    ),
                    models.Index(
                        condition=models.Q(("completed_at__isnull", True), ("deleted_at__isnull", True)),
                        fields=["owner", "due_sort", "id"],
                        name="task_pending",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "priority", "due_sort", "id"],
                        name="task_live_by_priority",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", False), ("withdrawn", False)),
                        fields=["owner", "id"],
                        name="task_trashed",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "priority", "id"],
                        name="task_live_priority",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "created_at", "id"],
                        name="task_live_created_at",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "updated_at", "id"],
                        name="task_live_updated_at",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["owner", "title", "id"],
                        name="task_live_title",
                    ),
                    models.Index(
                        condition=models.Q(("completed_at__isnull", False), ("deleted_at__isnull", True)),
                        fields=["owner", "completed_at", "id"],
                        name="task_done",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", False)),
                        fields=["deleted_at"],
                        name="task_to_purge",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="task_has_title"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__in", [1, 2, 3, 4])), name="task_priority_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="task_version_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_date__isnull", True),
                                ("due_instant__isnull", True),
                                ("overdue_at__isnull", True),
                            ),
                            models.Q(
                                ("due_date__isnull", False),
                                ("due_instant__isnull", False),
                                ("overdue_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="task_due_has_instant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_time__isnull", True), ("due_date__isnull", False), _connector="OR"
                        ),
                        name="task_due_time_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("floating", False),
                                models.Q(
                                    ("due_time__isnull", True),
                                    models.Q(("time_zone", ""), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            models.Q(("due_time__isnull", False), ("floating", True), ("time_zone", "")),
                            _connector="OR",
                        ),
                        name="task_floats_or_has_zone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_fold", 0),
                            models.Q(("due_fold", 1), ("due_time__isnull", False), ("floating", False)),
                            _connector="OR",
                        ),
                        name="task_fold_of_wall_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("occurrence__isnull", True), ("series__isnull", True)),
                            models.Q(("occurrence__isnull", False), ("series__isnull", False)),
                            _connector="OR",
                        ),
                        name="task_occurrence_of_series",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", False),
                            models.Q(("deleted_at__isnull", False), ("series__isnull", False)),
                            _connector="OR",
                        ),
                        name="task_withdrawn_is_not_live",
                    ),
                    models.UniqueConstraint(fields=("series", "occurrence"), name="task_once_per_occurrence"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DemoRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seed", models.BigIntegerField()),
                ("made", models.PositiveIntegerField(default=0)),
                (
                    "made_owner",
                    models.BooleanField(default=False, help_text="The account was made along with it."),
                ),
                ("tag_ids", models.JSONField(default=list, help_text="Tags that came to be with it.")),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("owner", "seed"), name="demo_once_per_seed")],
            },
        ),
        migrations.CreateModel(
            name="DemoChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.PositiveIntegerField(help_text="Number of the first of them in its run.")),
                ("task_ids", models.JSONField()),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="tasks_app.demorun",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "first"), name="demo_chunk_once")],
            },
        ),
        migrations.CreateModel(
            name="ReplanJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_seq", models.BigIntegerField()),
                ("position", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["id"],
                        name="replan_unfinished",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "event_seq"), name="replan_once_per_event")
                ],
            },
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
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "offset",
                    models.CharField(
                        blank=True, help_text="ISO 8601 duration from the due.", max_length=40, null=True
                    ),
                ),
                ("at", models.DateTimeField(blank=True, null=True)),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                ("firing", models.PositiveIntegerField(default=1)),
                ("fire_at", models.DateTimeField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("fired", "Fired"), ("cancelled", "Cancelled")],
                        default="pending",
                        max_length=16,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "the task was completed"),
                            ("deleted", "the task was deleted"),
                            ("past", "its instant had passed when it was planned"),
                            ("no_due", "the task has no due to count from"),
                            ("removed", "it was taken off the task"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("fired_at", models.DateTimeField(blank=True, null=True)),
                ("late", models.BooleanField(default=False)),
                ("removed", models.BooleanField(default=False, help_text="No longer on its task.")),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="tasks_app.task",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "pending")),
                        fields=["fire_at", "owner"],
                        name="reminder_pending",
                    ),
                    models.Index(fields=["owner", "status", "fire_at", "id"], name="reminder_of_owner"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("at__isnull", False), ("offset__isnull", True)),
                            models.Q(("at__isnull", True), ("offset__isnull", False)),
                            _connector="OR",
                        ),
                        name="reminder_is_relative_or_absolute",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("firing__gte", 1)), name="reminder_firing_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("fire_at__isnull", False),
                                ("reason", ""),
                                ("removed", False),
                                ("status", "pending"),
                            ),
                            models.Q(
                                ("fire_at__isnull", False),
                                ("fired_at__isnull", False),
                                ("reason", ""),
                                ("status", "fired"),
                            ),
                            models.Q(("status", "cancelled"), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="reminder_status_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(help_text="Of the task.")),
                ("is_shared", models.BooleanField(help_text="Other open occurrences changed with it.")),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series_changes",
                        to="tasks_app.task",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("task", "version"), name="series_change_of_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="MissedSlots",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slots", models.JSONField(help_text="Local starts, in order.")),
                (
                    "after",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="missed_slots",
                        to="tasks_app.task",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="missed_slots",
                        to="tasks_app.series",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "missed slots",
            },
        ),
        migrations.CreateModel(
            name="ExcludedSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.CharField(max_length=19)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("skipped", "skipped by its owner"),
                            ("deleted", "its task was deleted"),
                            ("detached", "its task left the series"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="excluded_slots",
                        to="tasks_app.series",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("series", "slot"), name="excluded_slot_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50)),
                ("key", models.CharField(max_length=200)),
                ("color", models.CharField(blank=True, default="", max_length=7)),
                ("former_name", models.CharField(blank=True, default="", max_length=50)),
                ("former_key", models.CharField(blank=True, default="", max_length=200)),
                (
                    "told_to",
                    models.BigIntegerField(
                        blank=True, help_text="Last task that says the new name.", null=True
                    ),
                ),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "into",
                    models.ForeignKey(
                        blank=True,
                        help_text="Merged into.",
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="tasks_app.tag",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_to__isnull", False)),
                        fields=["owner", "former_key"],
                        name="tag_former_key",
                    ),
                    models.Index(
                        condition=models.Q(("retired_at__isnull", False)),
                        fields=["owner", "key"],
                        name="tag_retired",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("key", ""), _negated=True)
                        ),
                        name="tag_has_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("former_key", ""), ("former_name", ""), ("told_to__isnull", True)),
                            models.Q(
                                ("told_to__isnull", False),
                                models.Q(("former_name", ""), _negated=True),
                                models.Q(("former_key", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="tag_renaming_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("into__isnull", True), ("retired_at__isnull", False), _connector="OR"
                        ),
                        name="tag_merged_is_retired",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at__isnull", True)),
                        fields=("owner", "key"),
                        name="tag_once_per_owner",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tag_links",
                        to="tasks_app.series",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series_links",
                        to="tasks_app.tag",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "tag"), name="series_tag_once")],
            },
        ),
        migrations.CreateModel(
            name="TagJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("rename", "Rename"), ("merge", "Merge"), ("delete", "Delete")], max_length=8
                    ),
                ),
                ("tag_id", models.BigIntegerField()),
                ("into_id", models.BigIntegerField(blank=True, null=True)),
                ("total", models.PositiveIntegerField(help_text="Tasks that carried the tag when it began.")),
                ("done", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "id"], name="tag_job_of_owner"),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["id"],
                        name="tag_job_unfinished",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("owner", "tag_id"),
                        name="one_job_per_tag",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "low"), (2, "medium"), (3, "high"), (4, "urgent")]
                    ),
                ),
                (
                    "due_sort",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC)
                    ),
                ),
                ("completed", models.BooleanField(default=False)),
                ("live", models.BooleanField(default=True)),
                (
                    "tag",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="task_links",
                        to="tasks_app.tag",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tag_links",
                        to="tasks_app.task",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tag", "task"], name="task_tag_of_tag"),
                    models.Index(
                        condition=models.Q(("live", True)),
                        fields=["tag", "due_sort", "task"],
                        name="task_tag_live",
                    ),
                    models.Index(
                        condition=models.Q(("live", True)),
                        fields=["tag", "priority", "due_sort", "task"],
                        name="task_tag_by_priority",
                    ),
                    models.Index(
                        condition=models.Q(("completed", False), ("live", True)),
                        fields=["tag", "due_sort", "task"],
                        name="task_tag_pending",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("task", "tag"), name="task_tag_once")],
            },
        ),
    ]
