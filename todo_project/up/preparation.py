"""What must be so before the roles start: tables as this release wants them, and someone who may sign in."""

import secrets

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events_app.transactions import write_transaction

ADMIN_NAME = "admin"


def migrate() -> None:
    """Apply the migrations that are missing; with none missing, cost little."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def ensure_admin() -> str | None:
    """Make the first administrator; return the random password, or None when there is one already."""
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True).exists() or users.filter(username=ADMIN_NAME).exists():
        return None
    password = secrets.token_urlsafe(15)
    with write_transaction():
        users.create_superuser(ADMIN_NAME, "", password)
    return password
