"""Key the entries from here on, seal what has no key, and let a trail be forgotten except for one line.

The triggers are dropped first: SQLite makes a new table of the entries, and the new triggers name the new tables.
"""

from django.db import migrations, models

from audit_app import protection
from audit_app.verification.sealed import seal_unkeyed_part

CHAINS_AT_ONCE = 1000


def unprotect(apps, schema_editor):
    protection.remove(schema_editor.connection)


def seal_chains(apps, schema_editor):
    heads, parts = apps.get_model("audit_app", "AuditHead"), apps.get_model("audit_app", "UnkeyedPart")
    after = 0
    while chunk := list(heads.objects.filter(pk__gt=after).order_by("pk")[:CHAINS_AT_ONCE]):
        rows = []
        for head in chunk:
            version, mark = seal_unkeyed_part(head.pk, head.entries, head.hash)
            rows.append(parts(head.pk, head.entries, head.hash, version, mark))
        parts.objects.bulk_create(rows)
        after = chunk[-1].pk


def protect(apps, schema_editor):
    protection.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("audit_app", "0003_verified_positions"),
        # The database asks whether an account is marked as deleted before it forgets a trail.
        ("accounts_app", "0011_deletion_requested"),
    ]

    operations = [
        migrations.RunPython(unprotect, protect),
        migrations.CreateModel(
            name="ForgottenTrail",
            fields=[
                ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entries", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("forgotten_at", models.DateTimeField()),
                ("key_version", models.PositiveSmallIntegerField()),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="UnkeyedPart",
            fields=[
                ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entries", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("key_version", models.PositiveSmallIntegerField()),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="auditentry",
            name="key_version",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Version of the key that the hash is made with; 0: without one, as earlier releases did.",
            ),
        ),
        migrations.RunPython(seal_chains, migrations.RunPython.noop),
        migrations.RunPython(protect, unprotect),
    ]
