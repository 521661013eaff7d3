"""How long what was deleted stays in the trash."""

from datetime import datetime, timedelta
from typing import Final

from tasks_app.values.rows import Row, instant_text

TRASH_KEPT: Final = timedelta(days=30)


def trash_fields(deleted_at: datetime) -> Row:
    """Return what a task in the trash has beside its other fields: since when, and from when on it may be gone."""
    return {"deleted_at": instant_text(deleted_at), "purge_at": instant_text(deleted_at + TRASH_KEPT)}
