"""Where the settings put the database."""

from pathlib import Path

from django.conf import settings


def settings_database_file() -> Path | None:
    """Return the file of an SQLite database; None for what lies elsewhere."""
    where = settings.DATABASES["default"]
    return Path(where["NAME"]).resolve() if where["ENGINE"].endswith("sqlite3") else None
