from django.db import migrations

from accounts_app.names import name_key

BATCH = 1000


def renew_keys(apps, schema_editor):
    """Work out every key anew, since more names are the same to the eye now.

    Of several users with the same new key, who has it keeps it, then the first; the others are left without and are
    found by their exact names.
    """
    users = apps.get_model("accounts_app", "User")._base_manager.using(schema_editor.connection.alias)
    last = 0
    while batch := list(
        users.filter(pk__gt=last, username_key__isnull=False)
        .order_by("pk")
        .only("pk", "username", "username_key")[:BATCH]
    ):
        last = batch[-1].pk
        keys = {user.pk: name_key(user.username) for user in batch}
        changed = [user for user in batch if user.username_key != keys[user.pk]]
        wanted = {keys[user.pk] for user in changed}
        taken = set(users.filter(username_key__in=wanted).values_list("username_key", flat=True))
        for user in changed:
            key = keys[user.pk]
            user.username_key = None if key in taken else key
            taken.add(key)
        users.bulk_update(changed, ["username_key"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts_app", "0008_kept_marks"),
    ]

    operations = [
        migrations.RunPython(renew_keys, migrations.RunPython.noop),
    ]
