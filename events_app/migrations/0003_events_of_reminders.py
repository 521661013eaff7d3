from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events_app", "0002_postgresql_storage")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "type__in",
                        ("reminder.scheduled", "reminder.due", "reminder.cancelled", "notification.created"),
                    )
                ),
                fields=["stream", "task_id", "seq"],
                name="event_notices_of_task",
            ),
        ),
    ]
