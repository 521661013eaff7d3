"""Prepares the database before the roles start: tables of this release, and an administrator."""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep

from django.conf import settings
from django.core.management import call_command

from accounts_app.models import User
from accounts_app.operations.mail.outbox import release_letters
from events_app.runtime import heartbeats, identity, leases
from foundation.backoff import retry_seconds
from foundation.database.migrations_state import is_migrated
from foundation.database.transactions import drop_broken_connection, write_transaction
from notifications_app.operations.deliveries import release_deliveries
from realtime_app.operations import retire_place
from todo_project.health import probes
from todo_project.installation.schema_file import load_schema

ADMIN_NAME = "admin"
ADMIN_PASSWORD_FILE = "admin_password"  # noqa: S105 - the name of a file
_LONGEST_PAUSE_SECONDS = 5.0


def wait_for_database(is_stopping: Callable[[], bool]) -> None:
    """Return once the database answers, or when `is_stopping`: after a restart nobody would start `up` again."""
    failures = 0
    while not (is_stopping() or probes.ask_database().ok):
        failures += 1
        sleep(retry_seconds(failures, cap=_LONGEST_PAUSE_SECONDS))
        drop_broken_connection()


def migrate() -> None:
    """Make the tables of an empty SQLite database, apply missing migrations; cheap when none is missing."""
    load_schema()
    if not is_migrated():
        call_command("migrate", verbosity=0, interactive=False)


def take_over(folder_id: str) -> None:
    """Release what a former process of this data folder held: leases, started deliveries, socket slots.

    The lock on the folder proves that the former process has ended, so nobody needs to wait until its leases expire.
    Other processes keep theirs, for example relays on the same PostgreSQL.
    """
    leases.release_place(folder_id)
    heartbeats.delete_heartbeats_of_place(folder_id)
    release_deliveries(folder_id)
    release_letters(folder_id)
    retire_place(folder_id)
    identity.set_place(folder_id)


def introduce_admin(data_dir: Path) -> str:
    """Make the first administrator where there is none; return the line by which people know how to sign in.

    A password is printed on a terminal alone: elsewhere what is printed goes to a log store, which many may read.
    """
    password = ensure_admin(settings.ADMIN_PASSWORD)
    if password is None:
        return f"{ADMIN_NAME}, as before   (forgotten? manage.py changepassword {ADMIN_NAME})"
    if settings.ADMIN_PASSWORD:
        return f"{ADMIN_NAME}, with TODO_ADMIN_PASSWORD"
    if sys.stdout.isatty():
        return f"{ADMIN_NAME} / {password}   (shown once)"
    path = data_dir / ADMIN_PASSWORD_FILE
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{password}\n")
    return f"{ADMIN_NAME}, with the password in {path}   (remove it once you have signed in)"


def ensure_admin(chosen: str = "") -> str | None:
    """Create the first administrator and return the password, by default a random one; None when there is one."""
    users = User.objects
    if users.filter(is_superuser=True).exists() or users.find_by_name(ADMIN_NAME) is not None:
        return None
    password = chosen or secrets.token_urlsafe(15)
    with write_transaction():
        users.create_superuser(ADMIN_NAME, "", password)
    return password
