"""Where the SQLite database of the settings is."""

from pathlib import Path

from django.conf import settings


def settings_database_file() -> Path | None:
    """Return the path of the SQLite database, or None for another kind of database."""
    where = settings.DATABASES["default"]
    return Path(where["NAME"]).resolve() if where["ENGINE"].endswith("sqlite3") else None
