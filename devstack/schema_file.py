"""`python -m devstack.schema_file`: write the file from which `todo_project/installation/schema_file.py` makes tables.

It applies every migration to a new SQLite database and writes down what is there afterwards: tables, indexes, triggers
and the rows that migrations leave. Run it after adding a migration, or after an update of a package that has some.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from devstack.paths import REPOSITORY

SCHEMA_PATH = REPOSITORY / "todo_project" / "installation" / "sqlite_schema.sql"
_NOTE = "-- Made by `python -m devstack.schema_file` from the migrations; change those instead.\n"
# The platform makes the first epoch, a random one, when it starts; SQLite keeps its own tables.
_WITHOUT_ROWS = {"events_app_epoch"}
# Tables first, then what belongs to them.
_OBJECTS = """
    SELECT m.sql FROM sqlite_master m LEFT JOIN pragma_table_list l ON l.name = m.name AND l.schema = 'main'
    WHERE m.sql IS NOT NULL AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND COALESCE(l.type, '') <> 'shadow'
    ORDER BY m.type <> 'table', COALESCE(l.type, '') = 'virtual', m.type, m.name
"""
_TABLES = """
    SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name
"""


def render_schema_file() -> str:
    """Return the text of the file as it should be now; takes as long as all migrations."""
    with TemporaryDirectory(prefix="todo-schema-") as folder:
        path = Path(folder) / "todo.sqlite3"
        _migrate(path)
        return describe_database(path)


def describe_database(path: Path) -> str:
    """Return the statements that make this database, in an order that only depends on what it contains."""
    with closing(sqlite3.connect(path)) as connection:
        statements = [*_definitions(connection), *_insertions(connection)]
    return _NOTE + "".join(f"{statement};\n" for statement in statements)


def _migrate(path: Path) -> None:
    environment = {
        "PATH": "",
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.test",
        "TODO_DATABASE_URL": f"sqlite:///{path}",
    }
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v0"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)


def _definitions(connection: sqlite3.Connection) -> Iterator[str]:
    for (text,) in connection.execute(_OBJECTS):
        yield text.strip()


def _insertions(connection: sqlite3.Connection) -> Iterator[str]:
    for (table,) in connection.execute(_TABLES).fetchall():
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        rows = [] if table in _WITHOUT_ROWS else list(_rows(connection, table, columns))
        if rows:
            names = ", ".join(f'"{name}"' for name in columns)
            yield f'INSERT INTO "{table}" ({names}) VALUES\n' + ",\n".join(rows)


def _rows(connection: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[str]:
    """Yield the values of each row; a migration counts as applied when the file is used."""
    shown = ", ".join("'CURRENT_TIMESTAMP'" if name == "applied" else f'quote("{name}")' for name in columns)
    for row in connection.execute(f'SELECT {shown} FROM "{table}" ORDER BY rowid'):
        yield f"({', '.join(map(str, row))})"


if __name__ == "__main__":
    SCHEMA_PATH.write_text(render_schema_file(), encoding="utf-8")
