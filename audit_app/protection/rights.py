"""Rights of the platform's role on PostgreSQL, when another role owns the tables.

The platform reads and writes every table, except that it may only insert entries and anchors, may not delete the end of
a chain, and may forget a trail only through `audit_forget`, which runs as the owner. So neither its password nor a
statement that somebody smuggles into it is enough to drop a trigger or to delete an entry.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from audit_app.protection.names import ANCHORED, ENTRIES, FORGOTTEN, HEADS, TRAIL_ANCHORS
from audit_app.protection.postgresql import ASK_ROLE, grant_statements

# What the platform may not do with these tables, of all that it may do with the others.
_WITHOUT: Final[Mapping[str, str]] = {
    ENTRIES: "UPDATE, DELETE",
    HEADS: "DELETE",
    FORGOTTEN: "INSERT, UPDATE, DELETE",
    TRAIL_ANCHORS: "UPDATE, DELETE",
    ANCHORED: "UPDATE, DELETE",
    "audit_app_unkeyedpart": "INSERT, UPDATE, DELETE",
    "django_migrations": "INSERT, UPDATE, DELETE",
}


def grant_rights(**_: Any) -> None:
    """Give the role of `settings.DATABASE_APPLICATION_ROLE` its rights; a receiver of `post_migrate`.

    Does nothing without the setting. Repeating changes nothing. Raises ImproperlyConfigured when that role is the one
    that migrates: it would take rights from the owner of the tables.
    """
    role: str = settings.DATABASE_APPLICATION_ROLE
    if not role or connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ASK_ROLE, [role, role])
        is_owner, name, schema = cursor.fetchone()
        if is_owner:
            raise ImproperlyConfigured(
                f"TODO_DATABASE_APPLICATION_ROLE is {role}, which migrates: migrate as the role that owns the tables"
            )
        for statement in grant_statements(name, schema, without=_WITHOUT):
            cursor.execute(statement)
