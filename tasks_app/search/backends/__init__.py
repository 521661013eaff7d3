"""Where words are kept and found: one backend for each database."""

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.backends.postgresql import PostgresqlSearch
from tasks_app.search.backends.sqlite import SqliteSearch

__all__ = ["SearchBackend", "SqlFragment", "backend_for"]

_BACKENDS: dict[str, SearchBackend] = {each.vendor: each for each in (PostgresqlSearch(), SqliteSearch())}


def backend_for(vendor: str) -> SearchBackend:
    """Return the backend of Django's name for a database, such as `postgresql`."""
    return _BACKENDS[vendor]
