"""Make the audit trail append-only (audit_app/protection.py), and leave room beside heads, which often change."""

from django.db import migrations

from audit_app import protection


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {protection.HEADS} SET (fillfactor = 50)")
    protection.install(schema_editor.connection)


def remove(apps, schema_editor):
    protection.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit_app", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
