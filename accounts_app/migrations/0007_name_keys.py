from django.db import migrations, models

from accounts_app.names import name_key

BATCH = 1000


def fill_keys(apps, schema_editor):
    """Give each name its key; of several users who have the same, the first keeps it, the others are left without."""
    users = apps.get_model("accounts_app", "User")._base_manager.using(schema_editor.connection.alias)
    last = 0
    while batch := list(
        users.filter(pk__gt=last, username_key=None).order_by("pk").only("pk", "username")[:BATCH]
    ):
        last = batch[-1].pk
        keys = {user.pk: name_key(user.username) for user in batch}
        taken = set(users.filter(username_key__in=set(keys.values())).values_list("username_key", flat=True))
        for user in batch:
            if keys[user.pk] not in taken:
                user.username_key = keys[user.pk]
                taken.add(keys[user.pk])
        users.bulk_update([user for user in batch if user.username_key], ["username_key"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts_app", "0006_verified_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="username_key",
            field=models.CharField(editable=False, max_length=450, null=True),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("username_key__isnull", False)),
                fields=("username_key",),
                name="user_name_once",
            ),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
    ]
