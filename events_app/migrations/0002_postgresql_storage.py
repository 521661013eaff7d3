"""Stream and cursor rows change with every event: leave room for it beside them, and clean up early."""

from django.db import migrations

SETTINGS = (
    "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,"
    " autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0"
)


def tune(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in ("events_app_stream", "events_app_cursor"):
            schema_editor.execute(f"ALTER TABLE {table} SET ({SETTINGS})")


class Migration(migrations.Migration):
    dependencies = [("events_app", "0001_initial")]

    operations = [migrations.RunPython(tune, migrations.RunPython.noop)]
