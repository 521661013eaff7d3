"""Anchors: signed roots over the ends of all chains. The triggers name the new tables, so they are made anew."""

from django.db import migrations, models

from audit_app import protection


def unprotect(apps, schema_editor):
    protection.remove(schema_editor.connection)


def protect(apps, schema_editor):
    protection.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("audit_app", "0004_keys"),
    ]

    operations = [
        migrations.RunPython(unprotect, protect),
        migrations.CreateModel(
            name="TrailAnchor",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("heads", models.IntegerField()),
                ("previous", models.CharField(max_length=64)),
                ("root", models.CharField(max_length=64)),
                (
                    "is_complete",
                    models.BooleanField(help_text="No: the next anchor follows at once, for more chains."),
                ),
                ("key_version", models.PositiveSmallIntegerField()),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AnchoredHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("anchor", models.BigIntegerField()),
                ("place", models.IntegerField()),
                ("user_id", models.BigIntegerField(null=True)),
                ("entries", models.BigIntegerField(null=True)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("anchor", "place"), name="anchored_once_per_place"),
                    models.UniqueConstraint(fields=("user_id", "entries"), name="anchored_once_per_end"),
                ],
            },
        ),
        migrations.RunPython(protect, unprotect),
    ]
