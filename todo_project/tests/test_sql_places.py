"""SQL text stands in the files listed here, each with its reason; everything else asks them, or uses the ORM."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from todo_project.tests.test_names import PACKAGES

MOST_ALLOWED = 15
ALLOWED = {
    "accounts_app/queries/statements.py": "credentials, write buckets and key counts of every call; preferences",
    "audit_app/protection/postgresql.py": "triggers, functions and rights, which Django has no words for",
    "audit_app/protection/sqlite.py": "triggers, which Django has no words for",
    "events_app/consumers/kernel/cursors.py": "the kernel's cursors: found, locked and moved in bulk",
    "events_app/log/statements.py": "every write, the relay and every reader of the log",
    "foundation/database/row_reads.py": "rows of a model, and lists of them in JSON beside others, from its fields",
    "foundation/database/row_writes.py": "one row of a model or many to be written, from its fields",
    "foundation/database/sessions.py": "what a connection is told and asked: PRAGMA, set_config, SHOW",
    "foundation/database/sql.py": "the pieces that both databases share: locks, VALUES, IN, the clock",
    "tasks_app/queries/lists/criteria.py": "conditions of lists, composed for each request",
    "tasks_app/queries/lists/search.py": "which tasks fit a search, in one statement",
    "tasks_app/queries/lists/task_rows.py": "pages of lists, composed for each request",
    "tasks_app/queries/statements.py": "what every write, page and sweep of tasks reads",
    "tasks_app/search/backends/postgresql.py": "what search asks of a GIN index",
    "tasks_app/search/backends/sqlite.py": "what search asks of an FTS5 index",
}
# The schema, what is measured and tested, and the services around us are no part of the product's queries.
ELSEWHERE = {"tests", "benchmarks", "migrations", "devstack"}

# Capital letters as in all statements here: prose has other words in them, and seldom these.
SQL = re.compile(
    r"""\b(
        SELECT\b.+\bFROM | INSERT\ (OR\ \w+\ )?INTO | UPDATE\ \S+\ SET | DELETE\ FROM | WITH\ \w+.*\bAS\b
      | JOIN\ \S | WHERE\ .*(=|<|>|\bIN\b|\bIS\b|\bNOT\b|%s) | (ORDER|GROUP)\ BY | UNION\ ALL | EXISTS\ \(
      | ON\ CONFLICT | VALUES\ ?[(%] | RETURNING | COALESCE\( | FOR\ (NO\ KEY\ )?UPDATE | SKIP\ LOCKED | COPY\ \S+\ \(
      | (CREATE|DROP|ALTER)\ (OR|TABLE|INDEX|TRIGGER|UNIQUE|FUNCTION|DATABASE) | set_config | PRAGMA
      | BEGIN\ IMMEDIATE | SET\ (LOCAL|SESSION)
    )
    | [=<>]\ ?%s | \.\w+\ IS\ (NOT\ )?NULL
    | ^\s*(SELECT|SHOW|PRAGMA|EXPLAIN|ANALYZE|VACUUM|TRUNCATE|LOCK)\s+[\w(%{'"]""",
    re.DOTALL | re.VERBOSE,
)


def sql_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal that holds SQL; of a formatted one with `{}` for what is filled in.

    Docstrings and other strings that nothing uses are prose.
    """
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in prose or id(node) in parts:
            continue
        text = text_of(node)
        if text is not None and SQL.search(text):
            yield node.lineno, text  # type: ignore[attr-defined]


def text_of(node: ast.AST) -> str | None:
    match node:
        case ast.JoinedStr(values=values):
            return "".join(text_of(each) or "{}" for each in values)
        case ast.Constant(value=str(text)):
            return text
    return None


def product_files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted(REPOSITORY.glob(f"{package}/**/*.py")):
            if ELSEWHERE.isdisjoint((below := path.relative_to(REPOSITORY)).parts):
                yield below


def test_sql_stands_in_the_listed_files_and_nowhere_else() -> None:
    found = {
        str(path): [f"line {line}: {text[:60]!r}" for line, text in sql_in((REPOSITORY / path).read_text())]
        for path in product_files()
    }
    with_sql = {path: lines for path, lines in found.items() if lines}
    assert {path: lines for path, lines in with_sql.items() if path not in ALLOWED} == {}
    assert ALLOWED.keys() - with_sql.keys() == set(), "listed, but without any SQL"
    assert len(ALLOWED) <= MOST_ALLOWED


def test_ruff_accepts_composed_sql_only_there() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    ignored = {path for path, rules in settings["per-file-ignores"].items() if "S608" in rules}
    assert "S608" not in settings["ignore"]
    assert {path for path in ignored if ELSEWHERE.isdisjoint(Path(path).parts)} <= ALLOWED.keys()


@pytest.mark.parametrize(
    "source",
    [
        'sql.fetch("SELECT id FROM tasks_app_task", [])',
        'cursor.execute("SELECT 1")',
        'text = f"DELETE FROM {table}"',
        'text = f"SELECT {columns} FROM {table}"',
        'read_rows(Task, f"WHERE t.id IN {listed}", ids)',
        'TEXT: Final = ("UPDATE events_app_stream"\n    " SET head = 1")',
        'SqlFragment("t.owner_id + 0 = %s", (owner_id,))',
        'connection.cursor().execute("PRAGMA foreign_keys=ON;")',
        'def f():\n    """SELECT a FROM b."""\n    return "x ORDER BY y"',
    ],
)
def test_a_statement_is_seen(source: str) -> None:
    assert len(list(sql_in(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Return the SELECT of rows FROM a table WHERE a = b."""',
        'def f():\n    """SELECT a FROM b."""',
        'class A:\n    name: str\n    """ORDER BY this."""',
        'raise ValueError("select one from the list, where it is shown")',
        'METHODS = ("DELETE", "PUT", "UPDATE")',
    ],
)
def test_prose_is_none(source: str) -> None:
    assert list(sql_in(source)) == []
