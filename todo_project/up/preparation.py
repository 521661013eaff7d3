"""What must be so before the roles start: tables as this release wants them, and someone who may sign in."""

import secrets
from collections.abc import Callable
from time import sleep

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts_app.models import User
from accounts_app.operations.mail.outbox import release_letters
from events_app.runtime import heartbeats, identity, leases
from foundation.backoff import retry_seconds
from foundation.database.transactions import drop_broken_connection, write_transaction
from notifications_app.operations.deliveries import release_deliveries
from realtime_app.operations import retire_place
from todo_project.health import probes

ADMIN_NAME = "admin"
_LONGEST_PAUSE_SECONDS = 5.0


def wait_for_database(is_stopping: Callable[[], bool]) -> None:
    """Return once the database answers, or when asked to stop: for a start that nobody is there to repeat."""
    failures = 0
    while not (is_stopping() or probes.database().ok):
        failures += 1
        sleep(retry_seconds(failures, cap=_LONGEST_PAUSE_SECONDS))
        drop_broken_connection()


def migrate() -> None:
    """Apply the migrations that are missing; with none missing, cost little."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def take_over(folder_id: str) -> None:
    """Take what a former process of this data folder held: leases, deliveries under way, slots of sockets.

    Whoever holds the folder knows that it is dead, however it ended, and need not wait for its leases to end.
    What others hold, relays on the same PostgreSQL for example, stays theirs.
    """
    leases.release_place(folder_id)
    heartbeats.delete_heartbeats_of_place(folder_id)
    release_deliveries(folder_id)
    release_letters(folder_id)
    retire_place(folder_id)
    identity.set_place(folder_id)


def ensure_admin() -> str | None:
    """Make the first administrator; return the random password, or None when there is one already."""
    users = User.objects
    if users.filter(is_superuser=True).exists() or users.find_by_name(ADMIN_NAME) is not None:
        return None
    password = secrets.token_urlsafe(15)
    with write_transaction():
        users.create_superuser(ADMIN_NAME, "", password)
    return password
