"""Prints the settings of the database of its environment that matter to benchmarks, as JSON."""

import json

import django
from django.db import connection

NAMES = (
    "server_version", "shared_buffers", "work_mem", "effective_cache_size", "random_page_cost", "jit",
    "synchronous_commit", "max_parallel_workers_per_gather",
)  # fmt: skip
PRAGMAS = ("journal_mode", "synchronous", "cache_size", "mmap_size")


def main() -> None:
    """Print them."""
    django.setup()
    with connection.cursor() as cursor:
        values = {name: _value(cursor, name) for name in _names()}
    print(json.dumps(", ".join(f"{name} {value}" for name, value in values.items())))


def _names() -> tuple[str, ...]:
    return NAMES if connection.vendor == "postgresql" else ("sqlite_version", *PRAGMAS)


def _value(cursor, name: str) -> object:  # type: ignore[no-untyped-def]
    if name == "sqlite_version":
        cursor.execute("SELECT sqlite_version()")
    else:
        cursor.execute(f"SHOW {name}" if connection.vendor == "postgresql" else f"PRAGMA {name}")
    return cursor.fetchone()[0]


if __name__ == "__main__":
    main()
