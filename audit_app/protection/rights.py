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
from audit_app.protection.postgresql import FORGET_SIGNATURE

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
        cursor.execute(
            "SELECT current_user = %s, quote_ident(%s), quote_ident(current_schema())", [role, role]
        )
        is_owner, name, schema = cursor.fetchone()
        if is_owner:
            raise ImproperlyConfigured(
                f"TODO_DATABASE_APPLICATION_ROLE is {role}, which migrates: migrate as the role that owns the tables"
            )
        for statement in _statements(name, schema):
            cursor.execute(statement)


def _statements(role: str, schema: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        *(f"REVOKE {rights} ON {schema}.{table} FROM {role}" for table, rights in _WITHOUT.items()),
        f"GRANT EXECUTE ON FUNCTION {schema}.{FORGET_SIGNATURE} TO {role}",
    ]
