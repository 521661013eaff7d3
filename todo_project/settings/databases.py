"""Database settings from one URL."""

from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from foundation.database.sessions import sqlite_pragmas
from todo_project.settings.env import Env, EnvError

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
# A server that vanished without a word is noticed within a minute; the kernel alone would wait for hours.
KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# The API waits at most five seconds for a lock, then answers 503; an idle transaction ends after thirty seconds.
# Our statements read a few rows by an index. Random reads are cheap on SSDs, and such short statements gain nothing
# from JIT compilation or parallel workers.
POSTGRESQL_SESSION = (
    "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    " -c random_page_cost=1.1 -c jit=off -c max_parallel_workers_per_gather=0"
)


def database_settings(env: Env, *, data_dir: Path) -> dict[str, Any]:
    """Return Django's settings for `TODO_DATABASE_URL`; unset means SQLite in the data folder.

    Raises EnvError for PostgreSQL when Django would use psycopg 3.
    """
    url = urlsplit(env.database_url)
    if url.scheme in ("", "sqlite"):
        path = url.path.removeprefix("/") if url.scheme else str(data_dir / "todo.sqlite3")
        options = {**SQLITE_OPTIONS, "init_command": sqlite_pragmas(env.sqlite_synchronous)}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "CONN_MAX_AGE": env.database_pool_seconds,
            "OPTIONS": options,
        }
    refuse_psycopg_3()
    # With SQLite the driver of PostgreSQL is not loaded: 5 MiB.
    from foundation.database.joined_messages import JoiningConnection, JoiningCursor  # noqa: PLC0415

    given = dict(
        parse_qsl(url.query)
    )  # `options` adds to ours: without them nothing would bound a wait for a lock
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.removeprefix("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": env.database_pool_seconds,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "connection_factory": JoiningConnection,
            "cursor_factory": JoiningCursor,
            **KEEPALIVES,
            **given,
            "options": f"{POSTGRESQL_SESSION} {given.get('options', '')}".strip(),
        },
    }


def refuse_psycopg_3() -> None:
    """Raise EnvError when psycopg 3 can be imported: Django would prefer it, and every write would fail with 500.

    Our statements are written for psycopg2 (several in one text, `copy_expert`, `pgcode`).
    """
    try:
        place = getattr(import_module("psycopg"), "__path__", ["?"])
    except ImportError:  # not installed, or without libpq: Django then uses psycopg2
        return
    raise EnvError(
        f"psycopg 3 is installed in {next(iter(place), '?')}, and Django would take it instead of psycopg2, which"
        " this platform needs for PostgreSQL; remove it with `pip uninstall psycopg psycopg-binary psycopg-c`."
    )
