"""Imported instead of the probe by processes whose disk is full: SQLite may add as many pages as a file says."""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from todo_project.tests.platform import probe


def limit_pages(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let the new connection fill the file so far and no further."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {int((settings.DATA_DIR / 'max_pages').read_text())}")


connection_created.connect(limit_pages)
__all__ = ["limit_pages", "probe"]
