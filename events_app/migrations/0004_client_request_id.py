"""What a client named the call that made a change: null in rows from before, and of calls without a name.

A nullable column without a default is added without rewriting the table, and the release before goes on inserting.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events_app", "0003_epoch")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="client_request_id",
            field=models.CharField(max_length=64, null=True),
        ),
    ]
